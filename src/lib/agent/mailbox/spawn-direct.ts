/**
 * agent/mailbox/spawn-direct - starts a user worker from a process that is root itself: for tests, and for tools that
 * deliver without a master. Counterpart: daemon/master/user-workers, which a server uses.
 */
import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import process from 'node:process';
import type { UserContext } from '../../ipc/conversation/mailbox.js';

/** @param program path of the built app/user-worker.js */
export async function spawnUserWorker(program: string, user: UserContext): Promise<Socket> {
  const child = spawn(process.execPath, [program, JSON.stringify(user)], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    env: {},
  });
  child.on('error', () => undefined); // the socket closes, and says so
  const socket: unknown = child.stdio[3];
  if (!(socket instanceof Socket)) throw new Error('mailbox helper could not be started');
  return socket;
}
