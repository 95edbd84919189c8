/**
 * NAME
 *   sendmail - submit a message, as Sendmail's command of that name does
 *
 * SYNOPSIS
 *   sendmail [option ...] [recipient ...]
 *
 * DESCRIPTION
 *   Reads a message from standard input, up to its end or to a line with only a dot, and leaves it in the maildrop;
 *   the mail system takes it from there, now or when it runs again. Exit status 0 means: it is on disk.
 *
 *   -t          recipients also come out of To:, Cc: and Bcc: (or their Resent- kind)
 *   -f, -r adr  envelope sender; else the login name         -F name  full name, when there is no From:
 *   -i, -oi     a lone dot does not end the message
 *   -N when     notifications: never, or success, delay, failure   -R hdrs|full   what they return
 *   -V id       envelope id for notifications
 *   -XV[xy]     a sender of its own for each recipient's copy (VERP)
 *   -B type     7BIT or 8BITMIME
 *   -G          do not complete addresses with our own domain
 *   -bp, mailq  list the queue                               -bi, -I, newaliases  build the alias database
 *   -q, -qRsite, -qIid  try deliveries now                   -bd, -bl  start the mail system
 *   -C dir      configuration directory (or its main.cf)
 *
 *   -bs         speak SMTP on standard input and output, without access control, into the maildrop
 *
 *   Other options of Sendmail are ignored. -bv is not built yet and says so.
 *
 * EXIT STATUS
 *   0 done; 75 it did not work, try again
 *
 * SEE ALSO
 *   postdrop(1), pickup(8), mailq(1), newaliases(1)
 */
import path from 'node:path';
import process from 'node:process';
import { loadMainCf } from '../../lib/config/load.js';
import type { Settings } from '../../lib/config/settings.js';
import { dsnNotify } from '../../lib/ipc/envelope.js';
import { poke } from '../../lib/ipc/poke.js';
import { runCommand } from '../../lib/server/command.js';
import { configDirectory } from '../../lib/server/instance.js';
import { builtProgram } from '../../lib/sys/package.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { fatal, parseSendmailOptions, type SendmailOptions } from './options.js';
import { senderOf, submit } from './submit.js';
import { submitter } from './user.js';

const say = (text: string): void => void process.stderr.write(`sendmail: ${text}\n`);

async function main(args: readonly string[]): Promise<number> {
  const options = parseSendmailOptions(args, say);
  const directory = path.resolve(configDirectory(options.configDirectory));
  switch (options.mode.is) {
    case 'submit':
      return sendMessage(options, loadMainCf(directory).settings);
    case 'run':
      return run(options.mode.command, ['-c', directory, ...options.mode.args]);
    case 'daemon':
      return run('postfix', ['-c', directory, 'start']);
    case 'ignored':
      return 0;
    case 'smtp':
      return speakSmtp(directory);
    case 'verify':
      throw fatal('-bv (verification of addresses) is not built yet');
  }
}

async function sendMessage(options: SendmailOptions, settings: Settings): Promise<number> {
  const who = submitter();
  if (needsCheck(settings)) {
    const { checkSubmitter } = await import('./authorized.js');
    await checkSubmitter(
      settings,
      who,
      senderOf(options, who, () => undefined),
    );
  }
  const report = dsnNotify.success | dsnNotify.failure | dsnNotify.delay;
  submit(
    options.wantsReport ? { ...options, dsnNotify: options.dsnNotify | report } : options,
    settings,
    who,
    (text) => say(`warning: ${text}`),
  );
  await poke(
    path.join(settings.queue_directory, 'public', 'pickup'),
    { op: 'wakeup' },
    settings.trigger_timeout * 1000,
  );
  if (options.wantsReport)
    process.stdout.write(`Mail Delivery Status Report will be mailed to <${who.name}>.\n`);
  return 0;
}

function needsCheck(settings: Settings): boolean {
  return (
    !settings.authorized_submit_users.startsWith('static:') ||
    settings.local_login_sender_maps !== 'static:*'
  );
}

/** SMTP on standard input and output: the server's own program, with the rights of who runs it. */
async function speakSmtp(directory: string): Promise<number> {
  const { settings } = loadMainCf(directory);
  const who = submitter();
  if (needsCheck(settings)) {
    const { checkSubmitter } = await import('./authorized.js');
    await checkSubmitter(settings, who, undefined);
  }
  return runProgram('app/stand-alone.js', ['-c', directory]);
}

function run(command: string, args: readonly string[]): Promise<number> {
  return runProgram(`command/${command}/main.js`, args);
}

async function runProgram(program: string, args: readonly string[]): Promise<number> {
  const { spawnSync } = await import('node:child_process');
  const result = spawnSync(process.execPath, [builtProgram(program), ...args], {
    stdio: 'inherit',
  });
  if (result.error) throw fatal(`${program}: ${result.error.message}`);
  return result.status ?? 75;
}

await runCommand('sendmail', async (args) => {
  try {
    return await main(args);
  } catch (error) {
    // Whatever it is: the mail may be good, so its program shall try again.
    if (error instanceof FatalError) throw fatal(error.message);
    throw error;
  }
});
