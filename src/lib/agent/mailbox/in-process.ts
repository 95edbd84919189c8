/** agent/mailbox/in-process - a UserWorker that works as whoever this process is. */
import path from 'node:path';
import type { UserWorker } from '../../ipc/conversation/mailbox.js';
import { DirectorySync } from '../../sys/directory-sync.js';
import { Gate } from '../../util/gate.js';
import { runUserCommand } from './command.js';
import { Maildirs } from './maildir.js';
import { appendMbox } from './mbox.js';
import { readUserFile } from './read-file.js';

/**
 * @param directory what relative paths begin at
 * @param stands this process stands there: paths below it are used from there, for the way to it may be closed
 */
export function inProcessWorker(directory: string, stands = false): UserWorker {
  const maildirs = new Maildirs(new DirectorySync());
  // Two appends to one file here would only wait for each other's locks, a second at a time.
  const oneAtATime = new Gate(1);
  const base = `${directory.replace(/\/*$/, '')}/`;
  /** `shown` is for people. */
  const at = (given: string): { readonly use: string; readonly shown: string } => {
    const shown = path.isAbsolute(given) ? given : `${base}${given}`;
    return { use: stands && shown.startsWith(base) ? shown.slice(base.length) : shown, shown };
  };
  return {
    maildir: (given, message, limits) => {
      const { use, shown } = at(`${given.replace(/\/*$/, '')}/`);
      return maildirs.deliver(use, shown, message, limits);
    },
    mbox: (given, from, message, limits) => {
      const { use, shown } = at(given);
      return oneAtATime.run(shown, () => appendMbox(use, shown, from, message, limits));
    },
    command: (command, message) => runUserCommand(command, message, directory),
    readFile: (given, options) => readUserFile(at(given).use, options),
  };
}
