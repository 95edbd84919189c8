/**
 * ipc/poke - tells a server that there is work, and does not wait for an answer.
 *
 * For commands that must be quick and that lose nothing when the server is down. Counterpart: ipc/control.
 */
import net from 'node:net';
import type { ControlMessage } from './control.js';

/** Resolves when the request is on its way, or cannot be. @param timeoutMs trigger_timeout */
export function poke(path: string, message: ControlMessage, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(path);
    const end = (isSent: boolean) => (): void => {
      resolve(isSent);
      socket.destroy();
    };
    socket.setTimeout(timeoutMs, end(false));
    socket.on('error', end(false));
    socket.on('connect', () => socket.write(`${JSON.stringify(message)}\n`, end(true)));
  });
}
