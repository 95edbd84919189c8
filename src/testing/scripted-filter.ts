/** testing/scripted-filter - a mail filter that answers as a test says, and notes what it hears. For one test's session. */
import { once } from 'node:events';
import net from 'node:net';
import { numbers, packet, PacketReader } from '../lib/protocol/milter/packet.js';

export interface ScriptedFilter {
  readonly port: number;
  /** `L From\0a@b\0`: letter, blank, data with one char a byte. Macros are left out. */
  readonly heard: string[];
  close(): void;
}

/** Answer to an event by its letter: packets; undefined: `continue`; 'silence'; 'close'. */
export type Script = (
  letter: string,
  data: string,
) => readonly Buffer[] | 'silence' | 'close' | undefined;

const silent = new Set(['A', 'D', 'Q']); // abort, macros, quit have no answer

export async function scriptedFilter(script: Script, options = 0): Promise<ScriptedFilter> {
  const heard: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    const reader = new PacketReader(1024 * 1024);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      reader.push(chunk);
      for (let next = reader.next(); next; next = reader.next()) {
        const { letter } = next;
        const data = next.data.toString('latin1');
        if (letter !== 'D') heard.push(`${letter} ${data}`);
        if (letter === 'O') socket.write(packet('O', numbers(6, 0x1ff, options)));
        else if (!silent.has(letter)) {
          const answer = script(letter, data);
          if (answer === 'close') socket.destroy();
          else if (answer !== 'silence') socket.write(Buffer.concat(answer ?? [packet('c')]));
        }
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  const { port } = server.address() as net.AddressInfo;
  return { port, heard, close };
}
