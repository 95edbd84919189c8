/** agent/mailbox/in-process - a UserWorker that works as whoever this process is. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { UserFile, UserWorker } from '../../ipc/conversation/mailbox.js';
import { DirectorySync } from '../../sys/directory-sync.js';
import { runUserCommand } from './command.js';
import { deliverMaildir } from './maildir.js';
import { appendMbox } from './mbox.js';

/** @param directory what relative paths begin at; '' where the process stands there */
export function inProcessWorker(directory: string): UserWorker {
  const directorySync = new DirectorySync();
  const at = (given: string): string =>
    path.isAbsolute(given) ? given : path.join(directory, given);
  return {
    maildir: (given, message, limits) =>
      deliverMaildir(`${at(given).replace(/\/*$/, '')}/`, message, limits, directorySync),
    mbox: (given, from, message, limits) => appendMbox(at(given), from, message, limits),
    command: (command, message) => runUserCommand(command, message),
    readFile: (given, maxBytes) => readUserFile(at(given), maxBytes),
  };
}

async function readUserFile(file: string, maxBytes: number): Promise<UserFile | undefined> {
  // O_NONBLOCK: a FIFO in the place of the file must not stop us.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!handle) return undefined;
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new Error(`${file}: not a regular file`);
    if (found.size > maxBytes) throw new Error(`${file}: larger than ${maxBytes} bytes`);
    return { text: await handle.readFile('latin1'), uid: found.uid, mode: found.mode & 0o7777 };
  } finally {
    await handle.close();
  }
}
