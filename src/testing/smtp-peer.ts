/**
 * testing/smtp-peer - a server for tests of the SMTP client: it says what a script tells it to say.
 *
 * Rules are looked through in order; the first whose pattern fits the line answers it. What no rule answers gets what
 * a well-meaning server would say. Every line and every message is kept.
 */
import net, { type Server, type Socket } from 'node:net';
import { once } from 'node:events';

export interface Script {
  readonly greeting?: string;
  /** Keywords after the name, `PIPELINING`; EHLO and LHLO get them. */
  readonly offers?: readonly string[];
  /** A reply (lines joined by CRLF), `drop` to hang up, or `silence`. */
  readonly rules?: readonly (readonly [line: RegExp, answer: string])[];
  /** Answers to the end of the content, one a message; LMTP: one a recipient. */
  readonly ends?: readonly string[];
}

export interface SmtpPeer {
  readonly port: number;
  /** Lines of all connections in the order of their coming; content as `content`. */
  readonly lines: string[];
  /** Content as it came, dots and CRs and all, without the last dot. */
  readonly messages: string[];
  readonly connections: () => number;
  close(): Promise<void>;
}

export async function startSmtpPeer(script: Script = {}, host = '127.0.0.1'): Promise<SmtpPeer> {
  const lines: string[] = [];
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  const ends = [...(script.ends ?? [])];
  let count = 0;
  const server: Server = net.createServer((socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    converse(socket, script, { lines, messages, ends });
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    lines,
    messages,
    connections: () => count,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Kept {
  readonly lines: string[];
  readonly messages: string[];
  readonly ends: string[];
}

function converse(socket: Socket, script: Script, { lines, messages, ends }: Kept): void {
  let text = '';
  let inContent = false;
  const say = (answer: string): void => {
    if (answer === 'drop') socket.destroy();
    else if (answer !== 'silence') socket.write(`${answer}\r\n`);
  };
  const command = (line: string): void => {
    lines.push(line);
    const rule = script.rules?.find(([pattern]) => pattern.test(line));
    const answer = rule?.[1] ?? usual(line, script.offers ?? []);
    inContent = line.toUpperCase() === 'DATA' && answer.startsWith('3');
    say(answer);
    if (line.toUpperCase() === 'QUIT') socket.end();
  };
  say(script.greeting ?? '220 peer.example.test ESMTP');
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
    while (!socket.destroyed) {
      if (inContent) {
        const isEmpty = text.startsWith('.\r\n');
        const end = isEmpty ? 0 : text.indexOf('\r\n.\r\n');
        if (end < 0) return;
        messages.push(isEmpty ? '' : text.slice(0, end + 2));
        lines.push('content');
        text = text.slice(isEmpty ? 3 : end + 5);
        inContent = false;
        for (const answer of (ends.shift() ?? '250 2.0.0 Ok: queued as 12345').split('|'))
          say(answer);
        continue;
      }
      const end = text.indexOf('\r\n');
      if (end < 0) return;
      const line = text.slice(0, end);
      text = text.slice(end + 2);
      command(line);
    }
  });
}

function usual(line: string, offers: readonly string[]): string {
  const verb = line.slice(0, 4).toUpperCase();
  if (verb === 'EHLO' || verb === 'LHLO')
    return ['peer.example.test', ...offers]
      .map((offer, index) => `250${index === offers.length ? ' ' : '-'}${offer}`)
      .join('\r\n');
  if (verb === 'DATA') return '354 End data with <CR><LF>.<CR><LF>';
  if (verb === 'QUIT') return '221 2.0.0 Bye';
  return '250 2.1.0 Ok';
}
