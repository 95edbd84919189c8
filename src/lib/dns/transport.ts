/** dns/transport - one question to one server: UDP from a random port, TCP where the answer is too long. */
import { randomInt } from 'node:crypto';
import dgram from 'node:dgram';
import net from 'node:net';
import type { NameServer } from './config.js';
import { type Decoded, decodeAnswer, encodeQuery } from './message.js';
import type { RecordType } from './resolver.js';

const maxTcpAnswer = 65_535;

export type Exchange =
  | Extract<Decoded, { is: 'answer' }>
  | { readonly is: 'no-answer'; readonly reason: string };

export async function exchange(
  server: NameServer,
  name: string,
  type: RecordType,
  timeoutMs: number,
): Promise<Exchange> {
  const id = randomInt(0x10000);
  const query = encodeQuery(id, name, type);
  const decode = (bytes: Buffer): Decoded => decodeAnswer(bytes, id, name, type);
  const first = await overUdp(server, query, decode, timeoutMs);
  if (first.is !== 'truncated') return first;
  return overTcp(server, query, decode, timeoutMs);
}

function overUdp(
  server: NameServer,
  query: Buffer,
  decode: (bytes: Buffer) => Decoded,
  timeoutMs: number,
): Promise<Exchange | { is: 'truncated' }> {
  return new Promise((resolve) => {
    const socket = dgram.createSocket(net.isIPv6(server.address) ? 'udp6' : 'udp4');
    const finish = (result: Exchange | { is: 'truncated' }): void => {
      clearTimeout(timer);
      socket.close();
      resolve(result);
    };
    const timer = setTimeout(() => finish({ is: 'no-answer', reason: 'timeout' }), timeoutMs);
    socket.on('error', (error) => finish({ is: 'no-answer', reason: error.message }));
    socket.on('message', (bytes) => {
      const decoded = decode(bytes);
      // A stray or forged datagram: the true answer may still come.
      if (decoded.is !== 'other') finish(decoded);
    });
    // A connected socket takes datagrams of this server only, and learns when nobody listens there.
    socket.connect(server.port, server.address, () => socket.send(query));
  });
}

function overTcp(
  server: NameServer,
  query: Buffer,
  decode: (bytes: Buffer) => Decoded,
  timeoutMs: number,
): Promise<Exchange> {
  return new Promise((resolve) => {
    const socket = net.connect(server.port, server.address);
    let received = Buffer.alloc(0);
    const finish = (result: Exchange): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => finish({ is: 'no-answer', reason: 'timeout' }), timeoutMs);
    socket.on('error', (error) => finish({ is: 'no-answer', reason: error.message }));
    socket.on('close', () => finish({ is: 'no-answer', reason: 'connection closed' }));
    socket.on('connect', () => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      socket.write(Buffer.concat([length, query]));
    });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length > maxTcpAnswer + 2) return;
      const length = received.readUInt16BE(0);
      if (received.length < 2 + length) return;
      const decoded = decode(received.subarray(2, 2 + length));
      finish(decoded.is === 'answer' ? decoded : { is: 'no-answer', reason: 'malformed answer' });
    });
  });
}
