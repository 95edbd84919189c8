/**
 * tls/connect - the client's handshake on a stream that has been used in the clear, or not at all.
 *
 * Whatever certificate comes, the handshake ends well: what it is worth is judged afterwards, by level.
 * Standard: RFC 3207.
 */
import { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import type { Clock } from '../sys/clock.js';

export interface ConnectOptions {
  readonly context: SecureContext;
  /** SNI; '' for none. */
  readonly servername: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** A session of before. */
  readonly session: Buffer | undefined;
  readonly onSession: (session: Buffer) => void;
}

export type Connected =
  | { readonly is: 'secure'; readonly socket: TLSSocket }
  /** `reason`: what follows `SSL_connect error to X: ` in the log; `library`: OpenSSL's own text. */
  | { readonly is: 'failed'; readonly reason: string; readonly library: string };

export function connectTls(below: Duplex, options: ConnectOptions): Promise<Connected> {
  return new Promise((resolve) => {
    const socket = connect({
      socket: below,
      secureContext: options.context,
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(options.servername === '' ? {} : { servername: options.servername }),
      ...(options.session ? { session: options.session } : {}),
    });
    let isOpen = true;
    const settle = (result: Connected): void => {
      if (!isOpen) return;
      isOpen = false;
      timer.cancel();
      if (result.is === 'failed') {
        socket.destroy();
        below.destroy();
      }
      resolve(result);
    };
    const fail = (reason: string, library = ''): void => settle({ is: 'failed', reason, library });
    const timer = options.clock.after(options.timeoutMs, () => fail('Connection timed out'));
    below.on('error', () => undefined);
    socket.on('session', options.onSession);
    socket.once('secureConnect', () => settle({ is: 'secure', socket }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const start = error.message.indexOf('error:');
      // Node calls an end in between ECONNRESET, too; but no system call of it failed.
      if (error.code === 'ECONNRESET' && error.syscall) fail('Connection reset by peer');
      else if (start < 0) fail('lost connection');
      else fail('-1', error.message.slice(start).trim());
    });
    socket.once('close', () => fail('lost connection'));
  });
}

const maxChain = 20;

/** As Node gives it: without a certificate there is no member, and the last of a chain has no issuer, or itself. */
interface Shown {
  readonly raw?: Buffer;
  readonly fingerprint256: string;
  readonly issuerCertificate?: Shown;
}

/** What the server showed: its own certificate, then its issuers. */
export function shownChain(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let current: Shown | undefined = socket.getPeerCertificate(true);
  while (current?.raw && chain.length < maxChain) {
    chain.push(new X509Certificate(current.raw));
    const issuer: Shown | undefined = current.issuerCertificate;
    current = issuer?.fingerprint256 === current.fingerprint256 ? undefined : issuer;
  }
  return chain;
}
