/** agent/mailbox/in-process - a UserWorker that works as whoever this process is. */
import path from 'node:path';
import type { UserWorker } from '../../ipc/conversation/mailbox.js';
import { DirectorySync } from '../../sys/directory-sync.js';
import { Gate } from '../../util/gate.js';
import { runUserCommand } from './command.js';
import { Maildirs } from './maildir.js';
import { appendMbox } from './mbox.js';
import { readUserFile } from './read-file.js';

/** @param directory what relative paths begin at; '' where the process stands there */
export function inProcessWorker(directory: string): UserWorker {
  const maildirs = new Maildirs(new DirectorySync());
  // Two appends to one file here would only wait for each other's locks, a second at a time.
  const oneAtATime = new Gate(1);
  const at = (given: string): string =>
    path.isAbsolute(given) ? given : path.join(directory, given);
  return {
    maildir: (given, message, limits) =>
      maildirs.deliver(`${at(given).replace(/\/*$/, '')}/`, message, limits),
    mbox: (given, from, message, limits) => {
      const file = at(given);
      return oneAtATime.run(file, () => appendMbox(file, from, message, limits));
    },
    command: (command, message) => runUserCommand(command, message, directory),
    readFile: (given, options) => readUserFile(at(given), options),
  };
}
