/**
 * log/syslog - lines to the system's log daemon, as datagrams to /dev/log.
 *
 * Node has no UNIX datagram sockets; libc has. A line that the daemon does not take at once is dropped: the mail
 * system must not stop because the log does. Standard: RFC 3164; syslog(3).
 */
import { libcFunction } from '../sys/libc.js';
import { own } from '../util/own.js';
import { messageText, timeStamp, type LineFormat } from './format.js';
import type { LogRecord, LogSink, Severity } from './log.js';

// syslog(3) facility numbers that main.cf may name.
const facilities: Readonly<Record<string, number>> = {
  auth: 4,
  authpriv: 10,
  cron: 9,
  daemon: 3,
  ftp: 11,
  kern: 0,
  lpr: 6,
  mail: 2,
  news: 7,
  syslog: 5,
  user: 1,
  uucp: 8,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
};
const levels: Record<Severity, number> = {
  debug: 7,
  info: 6,
  warning: 4,
  error: 3,
  fatal: 2,
  panic: 2,
};

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const pathSize = 108; // unix(7)

/** `json`-formatted records keep their form as the message text. */
export function syslogSink(facility: string, format: LineFormat, target = '/dev/log'): LogSink {
  const send = datagramSender(target);
  const facilityNumber = own(facilities, facility) ?? facilities['mail'] ?? 2;
  return {
    write(record) {
      send(`<${facilityNumber * 8 + levels[record.severity]}>${line(record, format)}`);
    },
    hurry: () => undefined,
    flush: () => Promise.resolve(),
  };
}

function line(record: LogRecord, format: LineFormat): string {
  const formatted = format.line(record);
  if (formatted.startsWith('{'))
    return `${timeStamp(new Date(record.time))} ${record.program}: ${formatted}`;
  // The daemon adds the host itself.
  return `${timeStamp(new Date(record.time))} ${record.program}[${process.pid}]: ${messageText(record)}`;
}

function datagramSender(target: string): (text: string) => void {
  const socket = libcFunction('int socket(int, int, int)');
  const sendto = libcFunction('int64 sendto(int, const void *, uint64, int, const void *, uint32)');
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const name = Buffer.alloc(2 + pathSize);
  name.writeUInt16LE(AF_UNIX, 0);
  name.write(target, 2, pathSize - 1);
  return (text) => {
    const bytes = Buffer.from(text);
    sendto(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, name, 2 + target.length + 1);
  };
}
