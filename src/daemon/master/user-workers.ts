/**
 * master/user-workers - starts the children that become a recipient's user.
 *
 * Only master is root, so only it can make a process that changes its user; the child drops root before it reads
 * a byte of its socket. Bounds what a worker may ask for: never more than `maxChildren` at a time, and only for
 * uids that the settings could name. Counterpart: lib/agent/mailbox, app/user-worker.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UserContext } from '../../lib/ipc/conversation/mailbox.js';
import type { Log } from '../../lib/log/log.js';

const maxChildren = 256;
const finishMs = 10_000;

export interface UserWorkerSpawner {
  /** @param by pid of the worker that asks */
  spawn(user: UserContext, by: number): Promise<Socket>;
  /** That worker has ended; its helpers finish what they have. */
  left(by: number): void;
  stop(): void;
}

interface Child {
  readonly process: ChildProcess;
  readonly uid: number;
  readonly by: number;
  readonly ended: Promise<void>;
  isLeft: boolean;
}

export function createUserWorkerSpawner(program: string, log: Log): UserWorkerSpawner {
  const children = new Set<Child>();

  /** What a dead queue manager's helpers still write must be there before the next one looks what is there. */
  async function leftFinished(uid: number): Promise<void> {
    const left = [...children].filter((child) => child.isLeft && child.uid === uid);
    if (left.length === 0) return;
    const patience = new AbortController();
    await Promise.race([
      Promise.all(left.map(({ ended }) => ended)),
      sleep(finishMs, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
  }

  return {
    async spawn(user, by) {
      checkUser(user);
      await leftFinished(user.uid);
      if (children.size >= maxChildren)
        throw new Error(`${maxChildren} mailbox helpers run already`);
      const child = spawn(process.execPath, [program, JSON.stringify(user)], {
        stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
        // Commands must not inherit what master was started with.
        env: { PATH: process.env['PATH'] ?? '', TZ: process.env['TZ'] ?? '' },
      });
      const ended = new Promise<void>((resolve) => {
        child.on('exit', () => resolve());
        child.on('error', (error) => {
          log.warning(`mailbox helper for uid ${user.uid}: ${error.message}`);
          resolve();
        });
      });
      const entry: Child = { process: child, uid: user.uid, by, ended, isLeft: false };
      children.add(entry);
      void ended.then(() => children.delete(entry));
      const socket: unknown = child.stdio[3];
      if (!(socket instanceof Socket)) throw new Error('mailbox helper could not be started');
      return socket;
    },
    stop() {
      for (const child of children) child.process.kill('SIGTERM');
    },
    left(by) {
      for (const child of children) if (child.by === by) child.isLeft = true;
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
