/** sys/mail-date - the wall clock in the system's zone, as a mail header's date. */
import { formatMailDate } from '../protocol/message/date.js';

let keptSecond = -1;
let keptText = '';

/** @param now milliseconds since 1970. The text of the last second is kept: a busy server asks often. */
export function mailDate(now: number): string {
  const second = Math.floor(now / 1000);
  if (second === keptSecond) return keptText;
  const date = new Date(second * 1000);
  keptSecond = second;
  keptText = formatMailDate({
    weekday: date.getDay(),
    day: date.getDate(),
    month: date.getMonth(),
    year: date.getFullYear(),
    hours: date.getHours(),
    minutes: date.getMinutes(),
    seconds: date.getSeconds(),
    offset: -date.getTimezoneOffset(),
    zone: zoneName(date),
  });
  return keptText;
}

const zoneFormat = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' });

function zoneName(date: Date): string {
  return zoneFormat.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC';
}
