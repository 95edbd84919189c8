/**
 * server/print-queue - writes the listing of an instance's queue to standard output, as fast as it is read.
 *
 * Who may open the queue reads it without troubling the server, also while it is down; everyone else asks the server.
 * The first line comes at once, however long the queue is. Postfix: postqueue.c, showq(8).
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { loadMainCf } from '../config/load.js';
import { probeReport, readReport, type ReportForm } from '../ipc/queue-report.js';
import { jsonListing, listing } from '../queue/listing.js';
import { errnoText } from '../util/errno-text.js';
import { FatalError } from '../util/fatal-error.js';
import { sysexits } from '../util/sysexits.js';
import { configDirectory } from './instance.js';
import { invokingUser } from './invoking-user.js';
import { openQueue } from './queue-access.js';

const chunkSize = 32 * 1024;
const socketPath = 'public/showq';

/** @throws {FatalError} the queue may not be read, or the server is down */
export async function printQueue(
  givenDirectory: string | undefined,
  form: ReportForm,
): Promise<void> {
  const directory = path.resolve(configDirectory(givenDirectory));
  const { settings } = loadMainCf(directory);
  try {
    // From there, since the path of a socket must be short.
    process.chdir(settings.queue_directory);
  } catch {
    throw isDown();
  }
  if (isOurs()) {
    const error = await probeReport(socketPath);
    if (error)
      process.stderr.write(
        `postqueue: warning: Mail system is down -- accessing queue directly (${connectFailed(error)})\n`,
      );
    await printStored(directory, form);
    return;
  }
  const result = await readReport(socketPath, form, write);
  switch (result.is) {
    case 'done':
      return;
    case 'denied':
      throw new FatalError(
        `User ${invokingUser()} is not allowed to view the mail queue`,
        sysexits.unavailable,
      );
    case 'broken':
      throw new FatalError(
        'The queue report is not complete: the mail system has stopped sending it',
        sysexits.unavailable,
      );
    case 'down':
      if (result.error.code === 'EACCES' || result.error.code === 'EPERM')
        throw new FatalError(connectFailed(result.error), sysexits.software);
      throw isDown();
  }
}

function isDown(): FatalError {
  return new FatalError('Queue report unavailable - mail system is down', sysexits.unavailable);
}

function connectFailed(error: NodeJS.ErrnoException): string {
  return `Connect to the Postfix showq service: ${errnoText(error)}`;
}

/** Whether the store belongs to who runs this. */
function isOurs(): boolean {
  const uid = process.getuid?.();
  if (uid === undefined || uid === 0) return true;
  try {
    return statSync('queue').uid === uid;
  } catch {
    return false;
  }
}

async function printStored(directory: string, form: ReportForm): Promise<void> {
  const { store } = await openQueue(directory);
  try {
    let text = '';
    let isFirst = true;
    for (const line of form === 'json' ? jsonListing(store) : listing(store)) {
      text += `${line}\n`;
      if (!isFirst && text.length < chunkSize) continue;
      isFirst = false;
      await write(text);
      text = '';
    }
    await write(text);
  } finally {
    await store.close();
  }
}

async function write(text: string | Buffer): Promise<void> {
  if (text.length === 0 || process.stdout.write(text)) return;
  await new Promise((resolve) => process.stdout.once('drain', resolve));
}
