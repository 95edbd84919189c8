/** daemon - a program of a row that runs in the foreground until the row ends. */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const running = new Set();

/** @returns what it has printed so far, by `text` */
export function startDaemon(file, args, options = {}) {
  // A process group of its own, so that its children end with it.
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...options,
  });
  const daemon = { child, text: '' };
  running.add(child);
  child.on('exit', () => running.delete(child));
  child.on('error', (error) => (daemon.text += error.message));
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes) => (daemon.text += bytes.toString('latin1')));
  return daemon;
}

/** Ends one of them before its row ends. */
export async function stopDaemon({ child }) {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  if (running.has(child)) process.kill(-child.pid, 'SIGTERM');
  else return;
  await gone;
}

export async function endDaemons() {
  signalAll('SIGTERM');
  for (let waited = 0; waited < 50 && running.size > 0; waited += 1) await sleep(50);
  signalAll('SIGKILL');
}

function signalAll(signal) {
  for (const { pid } of running) {
    try {
      process.kill(-pid, signal);
    } catch {
      // it has ended by itself
    }
  }
}

process.on('exit', () => signalAll('SIGKILL'));
