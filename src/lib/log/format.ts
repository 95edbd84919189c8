/**
 * log/format - a record as a line: Postfix's own shape (read by pflogsumm, fail2ban, logwatch) or JSON.
 *
 * Standards: RFC 3164 section 4.1.2 for the time stamp.
 */
import { cleanText } from './clean.js';
import type { LogRecord } from './log.js';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const prefixes: Record<LogRecord['severity'], string> = {
  debug: '',
  info: '',
  warning: 'warning: ',
  error: 'error: ',
  fatal: 'fatal: ',
  panic: 'panic: ',
};

/** Turns records into text; keeps the last second's stamp, since a busy server writes many lines in one. */
export interface LineFormat {
  /** Without line end. */
  line(record: LogRecord): string;
}

/** The message with its severity: `warning: text`. */
export function messageText(record: LogRecord): string {
  return prefixes[record.severity] + cleanText(record.text);
}

/** `Nov 24 09:05:04 host postfix/smtpd[123]: text`, in local time. */
export function syslogFormat(host: string, pid: number): LineFormat {
  let second = -1;
  let stamp = '';
  return {
    line(record) {
      const now = Math.floor(record.time / 1000);
      if (now !== second) {
        second = now;
        stamp = timeStamp(new Date(record.time));
      }
      return `${stamp} ${host} ${record.program}[${pid}]: ${messageText(record)}`;
    },
  };
}

/** `Nov  4 09:05:04`. */
export function timeStamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = String(date.getDate()).padStart(2, ' ');
  return `${months[date.getMonth()] ?? ''} ${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

const queueId = /^([0-9A-F]{6,30}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,30}z[0-9A-Za-z]{1,30}): /;

/** One JSON object a line: time (ISO 8601), severity, program, pid, queue_id where there is one, text. */
export function jsonFormat(host: string, pid: number): LineFormat {
  return {
    line(record) {
      const text = cleanText(record.text);
      const id = queueId.exec(text)?.[1];
      return JSON.stringify({
        time: new Date(record.time).toISOString(),
        host,
        program: record.program,
        pid,
        severity: record.severity,
        ...(id === undefined ? {} : { queue_id: id }),
        text,
      });
    },
  };
}
