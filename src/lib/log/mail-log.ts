/**
 * log/mail-log - the sink that the settings ask for: maillog_file, standard output, or syslog.
 *
 * Postfix: postconf(5) maillog_file, syslog_facility; MAILLOG_README.
 */
import path from 'node:path';
import { FatalError } from '../util/fatal-error.js';
import { splitList } from '../util/list.js';
import { sysexits } from '../util/sysexits.js';
import { jsonFormat, syslogFormat } from './format.js';
import type { LogSink } from './log.js';
import { fileSink } from './sink.js';
import { syslogSink } from './syslog.js';

export interface MailLogSettings {
  readonly myhostname: string;
  readonly maillog_file: string;
  readonly maillog_file_prefixes: string;
  readonly syslog_facility: string;
}

export interface MailLogOptions {
  readonly json: boolean;
  /** Started with start-fg: standard output takes the log when nothing else is said. */
  readonly foreground: boolean;
}

/** @throws {FatalError} the file may not or cannot be written */
export function openMailLog(settings: MailLogSettings, options: MailLogOptions): LogSink {
  const host = settings.myhostname.split('.')[0] ?? 'localhost';
  const format = options.json ? jsonFormat(host, process.pid) : syslogFormat(host, process.pid);
  const file =
    settings.maillog_file === '' && options.foreground ? '/dev/stdout' : settings.maillog_file;
  if (file === '') return syslogSink(settings.syslog_facility, format);
  checkPrefix(file, splitList(settings.maillog_file_prefixes));
  try {
    return fileSink(file, format);
  } catch (error) {
    throw new FatalError(
      `maillog_file = ${file}: ${(error as Error).message}`,
      sysexits.cannotCreate,
      { cause: error },
    );
  }
}

/** A log file lies only below the places that the administrator named, so that no one turns it on another file. */
function checkPrefix(file: string, prefixes: readonly string[]): void {
  const plain = path.normalize(file);
  const allowed = prefixes.some(
    (prefix) => plain === prefix || plain.startsWith(prefix.replace(/\/*$/, '/')),
  );
  if (!allowed) {
    throw new FatalError(
      `maillog_file = ${file}: does not begin with one of maillog_file_prefixes (${prefixes.join(', ')}); ` +
        `add its folder there`,
      sysexits.config,
    );
  }
}
