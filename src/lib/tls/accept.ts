/**
 * tls/accept - the server's handshake on a socket that has been used in the clear, or not at all.
 *
 * Invariants: nobody reads the socket any more; what came in the clear was dropped by the caller; the handshake ends
 * within its time, or the socket does. Standard: RFC 3207.
 */
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { Clock } from '../sys/clock.js';

export interface AcceptOptions {
  readonly context: SecureContext;
  readonly askCertificate: boolean;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Another context for the name that the client asks for; undefined: there is only one. */
  readonly contextFor?: (name: string) => Promise<SecureContext | undefined>;
}

export type Accepted =
  | { readonly is: 'secure'; readonly socket: TLSSocket }
  | { readonly is: 'failed'; readonly reason: AcceptFailure };

/** `library`: OpenSSL's text, from `error:` on. */
export type AcceptFailure =
  | { readonly is: 'timeout' }
  | { readonly is: 'lost' }
  | { readonly is: 'library'; readonly text: string };

export function acceptTls(raw: Socket, options: AcceptOptions): Promise<Accepted> {
  const { context, contextFor, clock } = options;
  return new Promise((resolve) => {
    const socket = new TLSSocket(raw, {
      isServer: true,
      secureContext: context,
      requestCert: options.askCertificate,
      rejectUnauthorized: false, // trouble with certificates is told in SMTP, or not at all
      ...(contextFor ? { SNICallback: sniCallback(contextFor) } : {}),
    });
    let isOpen = true;
    const settle = (result: Accepted): void => {
      if (!isOpen) return;
      isOpen = false;
      timer.cancel();
      socket.off('readable', onReadable);
      if (result.is === 'failed') {
        socket.destroy();
        raw.destroy();
      }
      resolve(result);
    };
    const fail = (reason: AcceptFailure): void => settle({ is: 'failed', reason });
    // Before the end of the handshake only an end can be read; with half-open sockets nothing else tells of it.
    const onReadable = (): void => {
      if (socket.read() === null && socket.readableEnded) fail({ is: 'lost' });
    };
    socket.once('end', () => fail({ is: 'lost' }));
    const timer = clock.after(options.timeoutMs, () => fail({ is: 'timeout' }));
    socket.once('secure', () => settle({ is: 'secure', socket }));
    // Stays for the life of the socket: broken records after the handshake end it, too.
    socket.on('_tlsError', (error: Error) => {
      if (isOpen) fail(failureOf(error));
      else socket.destroy(error);
    });
    socket.on('error', (error: Error) => fail(failureOf(error)));
    socket.once('close', () => fail({ is: 'lost' }));
    socket.on('readable', onReadable);
  });
}

function sniCallback(
  contextFor: NonNullable<AcceptOptions['contextFor']>,
): (name: string, done: (error: Error | null, context?: SecureContext) => void) => void {
  return (name, done) => {
    contextFor(name).then(
      (context) => done(null, context),
      (error: unknown) => done(error as Error),
    );
  };
}

function failureOf(error: NodeJS.ErrnoException): AcceptFailure {
  const start = error.message.indexOf('error:');
  if (start < 0) return { is: 'lost' };
  return { is: 'library', text: error.message.slice(start).trim() };
}

/**
 * The certificate that the peer showed, and whether an authority of ours stands for it.
 * @param maxDepth issuers above the certificate, the authority included
 */
export function peerCertificate(
  socket: TLSSocket,
  maxDepth: number,
): {
  readonly certificate: X509Certificate | undefined;
  /** '' : trusted. */
  readonly problem: string;
} {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return { certificate: undefined, problem: 'no certificate' };
  // Node tells it at its own servers only; without it nobody is trusted.
  const native = (socket as { ssl?: { verifyError?: () => Error | null } }).ssl;
  if (typeof native?.verifyError !== 'function') return { certificate, problem: 'not checked' };
  const problem = native.verifyError()?.message ?? '';
  if (problem === '' && chainDepth(socket) > maxDepth)
    return { certificate, problem: 'certificate chain too long' };
  return { certificate, problem };
}

interface Chained {
  readonly fingerprint256: string;
  readonly issuerCertificate?: Chained;
}

const maxChain = 100;

function chainDepth(socket: TLSSocket): number {
  let depth = 0;
  // The types promise an issuer; where the chain ends there is none, or the certificate itself.
  let current: Chained = socket.getPeerCertificate(true);
  while (depth < maxChain) {
    const issuer: Chained | undefined = current.issuerCertificate;
    if (!issuer || issuer.fingerprint256 === current.fingerprint256) break;
    current = issuer;
    depth += 1;
  }
  return depth;
}
