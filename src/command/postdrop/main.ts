/**
 * NAME
 *   postdrop - take a submission on standard input into the maildrop
 *
 * SYNOPSIS
 *   postdrop [-rv] [-c config_dir]
 *
 * DESCRIPTION
 *   Reads a submission in the format of the maildrop (queue/maildrop/format), and leaves it there. sendmail(1) does
 *   without it; it is for programs that make such submissions by themselves. The format is our own, not Postfix's.
 *
 * EXIT STATUS
 *   0 it is on disk; 1 it is no submission; 75 it could not be written
 *
 * SEE ALSO
 *   sendmail(1), pickup(8)
 */
import { readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { loadMainCf } from '../../lib/config/load.js';
import { poke } from '../../lib/ipc/poke.js';
import { FileSource } from '../../lib/queue/maildrop/file-source.js';
import { Malformed, readEnvelope } from '../../lib/queue/maildrop/read.js';
import { MaildropFile } from '../../lib/queue/maildrop/write.js';
import { runCommand } from '../../lib/server/command.js';
import { configDirectory } from '../../lib/server/instance.js';
import { errnoText } from '../../lib/util/errno-text.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';
import { sysexits } from '../../lib/util/sysexits.js';

const envelopeAllowance = 16 * 1024 * 1024;

async function main(args: readonly string[]): Promise<number> {
  const { options, operands, problem } = getopt(args, 'c:rv');
  if (problem !== undefined) process.stderr.write(`postdrop: ${problem}\n`);
  if (problem !== undefined || operands.length > 0)
    throw new FatalError('usage: postdrop [-c config_dir] [-v]', 1);
  const given = options.find(({ letter }) => letter === 'c')?.value;
  const { settings } = loadMainCf(path.resolve(configDirectory(given)));
  const uid = process.getuid?.() ?? 0;
  const limit = settings.message_size_limit;
  try {
    await receive(
      path.join(settings.queue_directory, 'maildrop'),
      limit > 0 ? limit + envelopeAllowance : Infinity,
    );
  } catch (error) {
    const isMalformed = error instanceof Malformed;
    const text = isMalformed ? `malformed input: ${error.message}` : errnoText(error);
    throw new FatalError(`uid=${uid}: ${text}`, isMalformed ? 1 : sysexits.temporaryFailure, {
      cause: error,
    });
  }
  await poke(
    path.join(settings.queue_directory, 'public', 'pickup'),
    { op: 'wakeup' },
    settings.trigger_timeout * 1000,
  );
  return 0;
}

async function receive(directory: string, limit: number): Promise<void> {
  const file = new MaildropFile(directory);
  try {
    for (let size = 0; ; ) {
      const chunk = Buffer.allocUnsafeSlow(65536);
      const count = readSync(0, chunk);
      if (count === 0) break;
      size += count;
      if (size > limit) throw new Malformed('longer than message_size_limit allows');
      file.write(chunk.subarray(0, count));
    }
    file.flush();
    const handle = await open(file.path, 'r');
    try {
      await readEnvelope(new FileSource(handle));
    } finally {
      await handle.close();
    }
    file.finish();
  } catch (error) {
    file.abort();
    throw error;
  }
}

await runCommand('postdrop', main);
