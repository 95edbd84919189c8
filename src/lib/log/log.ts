/**
 * log/log - the mail log as programs see it.
 *
 * A text is one line, Postfix's words (`A1B2C3: client=unknown[192.0.2.1]`). Whatever came from
 * outside may stand in it as it is: the sink passes every line through one filter (log/clean).
 * Sinks: log/sink. Postfix: msg(3), maillog.
 */
import { quoteAddress } from '../protocol/address/quote.js';

export type Severity = 'debug' | 'info' | 'warning' | 'error' | 'fatal' | 'panic';

export interface LogRecord {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly severity: Severity;
  /** Program as the log names it: `smtpd`, `submission/smtpd`, `qmgr`. */
  readonly program: string;
  readonly text: string;
}

/** How a program writes what it logs of mail: info_log_address_format, delay_logging_resolution_limit. */
export interface LogStyle {
  /** An address without its brackets; '' stays ''. */
  readonly address: (internal: string) => string;
  /** Digits behind the point of a delay. */
  readonly delayDigits: number;
}

/** Addresses as SMTP has them, delays in hundredths of a second. */
export const plainStyle: LogStyle = { address: quoteAddress, delayDigits: 2 };

/** A log bound to one program. `warning` and worse get Postfix's `warning: ` prefix in the sink. */
export interface Log {
  debug(text: string): void;
  info(text: string): void;
  warning(text: string): void;
  error(text: string): void;
  fatal(text: string): void;
  panic(text: string): void;
  /** Without one: plainStyle. */
  readonly style?: LogStyle;
}

/** Where records end. `flush` resolves when all that was written has reached the file or socket. */
export interface LogSink {
  write(record: LogRecord): void;
  /** What waits is handed over now: before another process is told of something and logs about it, too. */
  hurry(): void;
  flush(): Promise<void>;
}

/** A log for `program` that writes to `sink`; `now` gives milliseconds since 1970. */
export function createLog(
  sink: LogSink,
  program: string,
  now: () => number,
  style: LogStyle = plainStyle,
): Log {
  const at = (severity: Severity) => (text: string) =>
    sink.write({ time: now(), severity, program, text });
  return {
    debug: at('debug'),
    info: at('info'),
    warning: at('warning'),
    error: at('error'),
    fatal: at('fatal'),
    panic: at('panic'),
    style,
  };
}

/** An address (internal form) as this log writes it. */
export function logAddress({ style = plainStyle }: Pick<Log, 'style'>, address: string): string {
  return style.address(address);
}
