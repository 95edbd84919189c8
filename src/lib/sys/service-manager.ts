/**
 * sys/service-manager - tells systemd how we are: READY=1, RELOADING=1, STOPPING=1.
 *
 * Does nothing where no one asked for it (NOTIFY_SOCKET), or where libc cannot be reached. Standard: sd_notify(3).
 */
import { closeSync } from 'node:fs';
import process from 'node:process';
import { libcFunction } from './libc.js';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;
const maxPath = 107;

export type ServiceState = 'ready' | 'reloading' | 'stopping';

/** @param environment where NOTIFY_SOCKET stands; it is taken out, so that no child speaks for us */
export function createServiceNotifier(
  environment: NodeJS.ProcessEnv = process.env,
): (state: ServiceState, status: string) => void {
  const target = environment['NOTIFY_SOCKET'] ?? '';
  delete environment['NOTIFY_SOCKET'];
  const name = Buffer.from(`xx${target}`);
  if (target === '' || name.length - 2 > maxPath) return () => undefined;
  name.writeUInt16LE(AF_UNIX, 0);
  if (target.startsWith('@')) name[2] = 0; // an abstract name
  return (state, status) => {
    try {
      send(name, `${lines[state]()}\nMAINPID=${process.pid}\nSTATUS=${status}`);
    } catch {
      // no libc: the service manager waits in vain, and says so
    }
  };
}

const lines: Record<ServiceState, () => string> = {
  ready: () => 'READY=1',
  // Type=notify-reload compares this with when it asked.
  reloading: () => `RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`,
  stopping: () => 'STOPPING=1',
};

function send(name: Buffer, text: string): void {
  const socket = libcFunction('int socket(int, int, int)');
  const sendto = libcFunction('int64 sendto(int, const void *, uint64, int, const void *, uint32)');
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const bytes = Buffer.from(text);
  sendto(fd, bytes, bytes.length, MSG_NOSIGNAL, name, name.length);
  closeSync(fd);
}
