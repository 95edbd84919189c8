/**
 * smtp/dial - opens the connection to a server, from the address that main.cf names.
 *
 * Postfix: smtp_connect.c.
 */
import net, { type Socket } from 'node:net';
import path from 'node:path';
import type { Log } from '../../lib/log/log.js';
import type { DebugPeers, PeerTrace } from '../../lib/map/debug-peers.js';
import type { Clock } from '../../lib/sys/clock.js';
import { openWindowedSocket } from '../../lib/sys/listen-socket.js';
import { errnoText } from '../../lib/util/errno-text.js';
import { splitList } from '../../lib/util/list.js';
import type { ClientSettings } from './client-settings.js';
import { Connection } from './connection.js';
import type { Server } from './server.js';
import { Trouble } from './trouble.js';

export interface DialParts {
  readonly settings: ClientSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** debug_peer_list; undefined: nobody. */
  readonly debugPeers?: DebugPeers | undefined;
}

/** @throws {Trouble} `connect to H[IP]:P: reason` */
export async function dial(parts: DialParts, server: Server): Promise<Connection> {
  const from = sourceAddress(parts.settings, server.address);
  const port = server.port === 0 ? '' : `:${server.port}`;
  const shown = `${server.host}[${server.address}]${port}`;
  const trace = await parts.debugPeers?.traceOf(server.host, server.address, shown);
  try {
    return await open(parts, server, from, trace);
  } catch (error) {
    if (!(error instanceof BindError)) throw error;
    const text = `smtp_connect_addr: bind ${from ?? ''}: ${error.message}`;
    parts.log.warning(text);
    if (parts.settings.bind_address_enforce)
      throw new Trouble('4.4.0', `server unavailable: bind ${from ?? ''}: ${error.message}`, true);
    return open(parts, server, undefined, trace);
  }
}

class BindError extends Error {}

function open(
  { settings, clock }: DialParts,
  server: Server,
  localAddress: string | undefined,
  trace: PeerTrace | undefined,
): Promise<Connection> {
  const port = server.port === 0 ? '' : `:${server.port}`;
  const where = `connect to ${server.host}[${server.address}]${port}`;
  return new Promise((resolve, reject) => {
    const socket = connect(settings, server, localAddress);
    const fail = (reason: string): void => {
      timer?.cancel();
      socket.destroy();
      reject(new Trouble('4.4.1', `${where}: ${reason}`, true));
    };
    // 0 leaves it to the system, which gives up after some minutes.
    const seconds = settings.connect_timeout;
    const timer =
      seconds > 0 ? clock.after(seconds * 1000, () => fail('Connection timed out')) : undefined;
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.syscall !== 'bind' || localAddress === undefined) {
        fail(errnoText(error));
        return;
      }
      timer?.cancel();
      reject(new BindError(errnoText(error)));
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      timer?.cancel();
      socket.off('error', onError);
      resolve(new Connection(server, socket, clock, trace));
    });
  });
}

function connect(settings: ClientSettings, server: Server, localAddress?: string): Socket {
  if (server.port === 0)
    return net.connect(path.resolve(settings.common.queue_directory, server.address));
  const target = {
    host: server.address,
    port: server.port,
    noDelay: true,
    ...(localAddress === undefined ? {} : { localAddress }),
  };
  const { tcp_windowsize: windowSize } = settings.common;
  if (windowSize === 0) return net.connect(target);
  const fd = openWindowedSocket(net.isIPv6(server.address), windowSize);
  return new net.Socket({ fd }).connect(target);
}

/** smtp_bind_address, or the one address that inet_interfaces has of this family. */
function sourceAddress(settings: ClientSettings, target: string): string | undefined {
  const isV6 = net.isIPv6(target);
  if (!isV6 && !net.isIPv4(target)) return undefined;
  const wanted = isV6 ? settings.bind_address6 : settings.bind_address;
  if (wanted !== '') return wanted.replace(/^\[|\]$/g, '');
  const own = splitList(settings.common.inet_interfaces)
    .map((name) => name.replace(/^\[|\]$/g, ''))
    .filter((name) => (isV6 ? net.isIPv6(name) : net.isIPv4(name)));
  const [only] = own;
  // Loopback reaches nobody else: then the system chooses.
  const isLoopback = only === undefined || only === '::1' || only.startsWith('127.');
  return own.length === 1 && !isLoopback ? only : undefined;
}
