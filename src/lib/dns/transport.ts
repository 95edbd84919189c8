/** dns/transport - one question to one server: UDP from a random port, TCP where the answer is too long. */
import { randomInt } from 'node:crypto';
import dgram from 'node:dgram';
import net from 'node:net';
import type { NameServer } from './config.js';
import { type Decoded, decodeAnswer, encodeQuery } from './message.js';
import type { RecordType } from './resolver.js';

export type Exchange =
  | Extract<Decoded, { is: 'answer' }>
  | { readonly is: 'no-answer'; readonly reason: string };

interface Question {
  readonly server: NameServer;
  readonly query: Buffer;
  readonly decode: (bytes: Buffer) => Decoded;
  readonly timeoutMs: number;
}

const noAnswer = (reason: string): Exchange => ({ is: 'no-answer', reason });

export async function exchange(
  server: NameServer,
  name: string,
  type: RecordType,
  timeoutMs: number,
): Promise<Exchange> {
  const id = randomInt(0x10000);
  const query = encodeQuery(id, name, type);
  const decode = (bytes: Buffer): Decoded => decodeAnswer(bytes, id, name, type);
  const question = { server, query, decode, timeoutMs };
  const first = await overUdp(question);
  return first.is === 'truncated' ? overTcp(question) : first;
}

function overUdp({
  server,
  query,
  decode,
  timeoutMs,
}: Question): Promise<Exchange | { readonly is: 'truncated' }> {
  return new Promise((resolve) => {
    const socket = dgram.createSocket(net.isIPv6(server.address) ? 'udp6' : 'udp4');
    let isOver = false;
    const finish = (result: Exchange | { readonly is: 'truncated' }): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      socket.close();
      resolve(result);
    };
    const timer = setTimeout(() => finish(noAnswer('timeout')), timeoutMs);
    socket.on('error', (error) => finish(noAnswer(error.message)));
    socket.on('message', (bytes) => {
      const decoded = decode(bytes);
      // A stray or forged datagram: the true answer may still come.
      if (decoded.is !== 'other') finish(decoded);
    });
    // A connected socket takes datagrams of this server only, and learns when nobody listens there. It gets its port,
    // a random one, from the system. Without a callback an error of connect() is an event like all others.
    socket.on('connect', () => socket.send(query));
    socket.connect(server.port, server.address);
  });
}

function overTcp({ server, query, decode, timeoutMs }: Question): Promise<Exchange> {
  return new Promise((resolve) => {
    const socket = net.connect(server.port, server.address);
    const pieces: Buffer[] = [];
    let length = 0;
    const finish = (result: Exchange): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => finish(noAnswer('timeout')), timeoutMs);
    socket.on('error', (error) => finish(noAnswer(error.message)));
    socket.on('close', () => finish(noAnswer('connection closed')));
    socket.on('connect', () => socket.write(framed(query)));
    socket.on('data', (chunk: Buffer) => {
      pieces.push(chunk);
      length += chunk.length;
      if (length < 2) return;
      const received = Buffer.concat(pieces);
      // RFC 1035 section 4.2.2: two bytes of length go before the message, so that it is bounded.
      const end = 2 + received.readUInt16BE(0);
      if (length < end) return;
      const decoded = decode(received.subarray(2, end));
      finish(decoded.is === 'answer' ? decoded : noAnswer('malformed answer'));
    });
  });
}

function framed(query: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  return Buffer.concat([length, query]);
}
