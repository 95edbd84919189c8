/**
 * smtpd/upstream - smtpd_upstream_proxy_protocol: the proxy before the server says first who connected.
 *
 * Nothing of the session is read before that, and what came behind the header is given back to the socket.
 * Postfix: smtpd_haproxy.c.
 */
import type { Socket } from 'node:net';
import { parseProxyHeader, type ProxiedEndpoints } from '../../lib/protocol/haproxy/header.js';
import { escapeControls } from './escape.js';
import type { Service } from './service.js';

export type UpstreamHeader =
  /** Undefined: the proxy speaks for itself. */
  | { readonly is: 'header'; readonly endpoints: ProxiedEndpoints | undefined }
  | { readonly is: 'failed'; readonly problem: string };

/** Never rejects; after `failed` the socket is closed, and the log has said why. */
export async function readUpstreamHeader(
  socket: Socket,
  { settings, log, clock }: Service,
): Promise<UpstreamHeader> {
  const header = await read(socket, clock, settings.smtpd_upstream_proxy_timeout);
  if (header.is === 'header') return header;
  log.warning(`haproxy read: ${header.problem}`);
  socket.on('error', () => undefined);
  socket.end(`421 4.3.0 ${settings.myhostname} Server local error\r\n`, () => socket.destroy());
  return header;
}

function read(socket: Socket, clock: Service['clock'], seconds: number): Promise<UpstreamHeader> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    const settle = (result: UpstreamHeader): void => {
      timer.cancel();
      socket.off('data', onData).off('end', onEnd).off('error', onEnd).off('close', onEnd);
      socket.pause();
      resolve(result);
    };
    const onEnd = (): void => settle({ is: 'failed', problem: 'EOF' });
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      const parsed = parseProxyHeader(bytes);
      switch (parsed.is) {
        case 'incomplete':
          return;
        case 'bad':
          settle({ is: 'failed', problem: `${parsed.problem}: ${shown(bytes)}` });
          return;
        case 'header': {
          const rest = bytes.subarray(parsed.used);
          settle({ is: 'header', endpoints: parsed.endpoints });
          if (rest.length > 0) socket.unshift(rest);
        }
      }
    };
    const timer = clock.after(seconds * 1000, () =>
      settle({ is: 'failed', problem: 'time limit exceeded' }),
    );
    socket.on('data', onData).on('end', onEnd).on('error', onEnd).on('close', onEnd);
  });
}

const maxShown = 100;

/** As Postfix writes such text into its log. */
function shown(bytes: Buffer): string {
  return escapeControls(bytes.toString('latin1', 0, maxShown));
}
