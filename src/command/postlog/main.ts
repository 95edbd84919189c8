/**
 * NAME
 *   postlog - write a line into the mail log
 *
 * SYNOPSIS
 *   postlog [-iv] [-c config_dir] [-p priority] [-t tag] [text...]
 *
 * DESCRIPTION
 *   Writes the text, or each line of standard input when there is none, where the mail system logs: maillog_file, or
 *   syslog; and to standard error when that is a terminal.
 *
 *   -p priority  info (default), warn, error, fatal or panic
 *   -t tag       name at the beginning of the line
 *
 * SEE ALSO
 *   postfix(1), syslogd(8)
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadMainCf } from '../../lib/config/load.js';
import type { Severity } from '../../lib/log/log.js';
import { openMailLog } from '../../lib/log/mail-log.js';
import { runCommand } from '../../lib/server/command.js';
import { configDirectory } from '../../lib/server/instance.js';
import { systemClock } from '../../lib/sys/clock.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';

const severities: Readonly<Record<string, Severity>> = {
  info: 'info',
  warn: 'warning',
  warning: 'warning',
  error: 'error',
  fatal: 'fatal',
  panic: 'panic',
};

async function main(args: readonly string[]): Promise<number> {
  const { options, operands, problem } = getopt(args, 'c:ip:t:v');
  if (problem !== undefined) {
    process.stderr.write(`postlog: ${problem}\n`);
    throw new FatalError(
      'usage: postlog [-c config_dir] [-i] [-p priority] [-t tag] [-v] [text]',
      1,
    );
  }
  const last = (letter: string): string | undefined =>
    options.findLast((option) => option.letter === letter)?.value;
  const priority = (last('p') ?? 'info').toLowerCase();
  const severity = severities[priority];
  if (!severity) throw new FatalError(`unknown severity: ${priority}`, 1);
  const { settings } = loadMainCf(path.resolve(configDirectory(last('c'))));
  const tag = last('t') ?? `${settings.syslog_name}/postlog`;
  const sink = openMailLog(settings, { json: false, foreground: false });
  const lines =
    operands.length > 0
      ? [operands.join(' ')]
      : readFileSync(0, 'utf8').replace(/\n$/, '').split('\n');
  for (const line of lines) {
    sink.write({ time: systemClock.now(), severity, program: tag, text: line });
    if (process.stderr.isTTY)
      process.stderr.write(`${tag}: ${severity === 'info' ? '' : `${severity}: `}${line}\n`);
  }
  await sink.flush();
  // Who reports such a thing in a loop shall not fill the log.
  if (severity === 'fatal' || severity === 'panic') await sleep(1000);
  return 0;
}

await runCommand('postlog', main);
