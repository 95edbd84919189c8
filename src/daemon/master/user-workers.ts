/**
 * master/user-workers - starts the children that become a recipient's user.
 *
 * Only master is root, so only it can make a process that changes its user; the child drops root before it reads
 * a byte of its socket. Bounds what a worker may ask for: never more than `maxChildren` at a time, and only for
 * uids that the settings could name. Counterpart: lib/agent/mailbox, app/user-worker.
 */
import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { UserContext } from '../../lib/ipc/conversation/mailbox.js';
import type { Log } from '../../lib/log/log.js';

const maxChildren = 256;

export interface UserWorkerSpawner {
  spawn(user: UserContext): Promise<Socket>;
  stop(): void;
}

export function createUserWorkerSpawner(program: string, log: Log): UserWorkerSpawner {
  const children = new Set<ReturnType<typeof spawn>>();
  return {
    async spawn(user) {
      if (children.size >= maxChildren)
        throw new Error(`${maxChildren} mailbox helpers run already`);
      checkUser(user);
      const child = spawn(process.execPath, [program, JSON.stringify(user)], {
        stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
        // Commands must not inherit what master was started with.
        env: { PATH: process.env['PATH'] ?? '', TZ: process.env['TZ'] ?? '' },
      });
      children.add(child);
      child.on('exit', () => children.delete(child));
      child.on('error', (error) => {
        children.delete(child);
        log.warning(`mailbox helper for uid ${user.uid}: ${error.message}`);
      });
      const socket: unknown = child.stdio[3];
      if (!(socket instanceof Socket)) throw new Error('mailbox helper could not be started');
      return socket;
    },
    stop() {
      for (const child of children) child.kill('SIGTERM');
    },
  };
}

function checkUser(user: UserContext): void {
  const isId = (value: unknown): boolean =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32 - 1;
  if (!isId(user.uid) || !isId(user.gid)) throw new Error('bad user or group number');
  if (typeof user.name !== 'string' || user.name.includes('\0')) throw new Error('bad user name');
  if (typeof user.directory !== 'string' || user.directory.includes('\0'))
    throw new Error('bad directory');
}
