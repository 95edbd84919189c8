/**
 * backend/saslauthd - asks saslauthd(8), which asks shadow, PAM, LDAP or whatever it was started with.
 *
 * Over its socket: login, password, service and realm, each counted by 16 bits; the answer likewise, `OK` or `NO`.
 * A connection for each question, as saslauthd wants it.
 */
import net from 'node:net';
import type { Clock } from '../../sys/clock.js';
import { errnoText } from '../../util/errno-text.js';
import { type BackEnd, cannot, type PasswordCheck } from '../backend.js';
import { splitRealm } from '../login.js';

const waitMs = 60_000; // pam_fail_delay and slow directories included
const maxField = 256; // saslauthd's MAX_REQ_LEN; it hangs up on more
const maxAnswer = 1024;

export interface SaslauthdParts {
  readonly socketPath: string;
  readonly service: string;
  readonly clock: Clock;
}

export function createSaslauthd(parts: SaslauthdParts): BackEnd {
  return {
    name: `saslauthd at ${parts.socketPath}`,
    offers: new Set(['password'] as const),
    scramIterations: 0,
    async checkPassword(name, password) {
      const { user, realm } = splitRealm(name);
      const fields = [user, password, parts.service, realm].map((field) => Buffer.from(field));
      if (fields.some((field) => field.length > maxField))
        return { is: 'wrong', detail: 'login or password too long for saslauthd' };
      if (password === '') return { is: 'wrong' };
      return ask(parts, saslauthdRequest(fields));
    },
    secret: async () => cannot,
    scramKeys: async () => cannot,
  };
}

export function saslauthdRequest(fields: readonly Buffer[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(field.length);
      return [length, field];
    }),
  );
}

/** Undefined: more bytes are needed. */
export function parseSaslauthdAnswer(bytes: Buffer): PasswordCheck | undefined {
  if (bytes.length < 2) return undefined;
  const length = bytes.readUInt16BE(0);
  if (length < 2 || length > maxAnswer)
    return { is: 'trouble', detail: 'bad response from saslauthd' };
  if (bytes.length < 2 + length) return undefined;
  const text = bytes.toString('latin1', 2, 2 + length);
  if (text.startsWith('OK')) return { is: 'right' };
  if (text.startsWith('NO')) return { is: 'wrong' };
  return { is: 'trouble', detail: 'bad response from saslauthd' };
}

function ask({ socketPath, clock }: SaslauthdParts, request: Buffer): Promise<PasswordCheck> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    let received: Buffer = Buffer.alloc(0);
    let isSettled = false;
    const settle = (answer: PasswordCheck): void => {
      if (isSettled) return;
      isSettled = true;
      timer.cancel();
      socket.destroy();
      resolve(answer);
    };
    const fail = (detail: string): void => settle({ is: 'trouble', detail });
    const timer = clock.after(waitMs, () => fail('no answer from saslauthd server'));
    let isConnected = false;
    socket.on('connect', () => {
      isConnected = true;
      socket.write(request);
    });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const answer = parseSaslauthdAnswer(received);
      if (answer) settle(answer);
    });
    socket.on('error', (error) => {
      const what = isConnected ? 'lost connection to' : 'cannot connect to';
      fail(`${what} saslauthd server: ${errnoText(error)}`);
    });
    socket.on('close', () => fail('saslauthd server closed the connection without an answer'));
  });
}
