/**
 * protocol/message/date - dates as mail headers have them: `Tue, 24 Nov 2026 09:05:04 +0000 (UTC)`.
 *
 * Standard: RFC 5322 section 3.3; the zone's name in a comment is Postfix's habit.
 */

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export interface CalendarTime {
  readonly weekday: number;
  readonly day: number;
  readonly month: number;
  readonly year: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  /** Minutes east of UTC. */
  readonly offset: number;
  /** `UTC`, `JST`. */
  readonly zone: string;
}

export function formatMailDate(time: CalendarTime): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const offset = Math.abs(time.offset);
  const zone = `${time.offset < 0 ? '-' : '+'}${two(Math.floor(offset / 60))}${two(offset % 60)}`;
  const day = String(time.day).padStart(2, ' ');
  return (
    `${days[time.weekday] ?? ''}, ${day} ${months[time.month] ?? ''} ${time.year} ` +
    `${two(time.hours)}:${two(time.minutes)}:${two(time.seconds)} ${zone} (${time.zone})`
  );
}
