/** testing/tls-peer - TLS over a socket pair on loopback: our server half, Node's own client. */
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { type Accepted, acceptTls, type AcceptOptions } from '../lib/tls/accept.js';
import { makeCertificate, type Made } from '../lib/tls/make-certificate.js';
import { createTlsSource, type TlsMaterial, type UpdatableTlsSource } from '../lib/tls/material.js';
import { newTicketKey } from '../lib/tls/ticket-keys.js';
import { systemClock } from '../lib/sys/clock.js';

export const testAuthority = makeCertificate({ subject: 'Test CA', isAuthority: true });

/** Of the test authority. */
export function testCertificate(subject: string, issuer: Made = testAuthority): Made {
  return makeCertificate({ subject, names: [subject], issuer });
}

export function material(files: Record<string, string>): TlsMaterial {
  return {
    files: Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, { is: 'text', text }]),
    ),
    sniTables: {},
    ticketKeys: [newTicketKey()],
  };
}

export function testSource(files: Record<string, string>): UpdatableTlsSource {
  return createTlsSource(material(files));
}

export interface Handshake {
  readonly accepted: Accepted;
  readonly client: tls.TLSSocket;
  /** The last ticket that the client got. */
  readonly session: Buffer | undefined;
}

/** One handshake; `look` sees the server's end of it while it is open. */
export async function handshake(
  options: Omit<AcceptOptions, 'clock' | 'timeoutMs'>,
  client: tls.ConnectionOptions = {},
  look: (server: tls.TLSSocket) => void = () => undefined,
): Promise<Handshake> {
  const server = net.createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const accepting = once(server, 'connection').then(([socket]) =>
    acceptTls(socket as net.Socket, { ...options, clock: systemClock, timeoutMs: 5000 }),
  );
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...client });
  let session: Buffer | undefined;
  socket.on('session', (ticket: Buffer) => (session = ticket));
  socket.on('error', () => undefined);
  const accepted = await accepting;
  if (accepted.is === 'secure') {
    look(accepted.socket);
    accepted.socket.write('x');
    await once(socket, 'data');
  }
  socket.end();
  if (accepted.is === 'secure') accepted.socket.destroy();
  server.close();
  return { accepted, client: socket, session };
}
