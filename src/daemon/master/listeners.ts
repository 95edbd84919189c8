/**
 * master/listeners - which addresses, ports and paths the lines of master.cf mean, and the sockets bound to them.
 *
 * Sockets outlive workers and reloads: a reload keeps those it still needs, so that no connection is refused.
 * Postfix: inet_addr_local(3), inet_addr_host(3), postconf(5) inet_interfaces.
 */
import { closeSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import net from 'node:net';
import path from 'node:path';
import type { MasterService } from '../../lib/config/master-cf.js';
import { programs } from '../../lib/config/programs.js';
import { servicePort } from '../../lib/config/services.js';
import type { Settings } from '../../lib/config/settings.js';
import { openListenSocket, openUnixListenSocket } from '../../lib/sys/listen-socket.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { splitList } from '../../lib/util/list.js';
import { sysexits } from '../../lib/util/sysexits.js';
import type { BoundListener } from './worker-handle.js';

export interface PlannedListener {
  readonly service: string;
  /** Who takes its connections. */
  readonly home: 'edge' | 'master';
  /** The path of a UNIX socket, below the queue directory, with port 0. */
  readonly address: string;
  readonly port: number;
  /** tcp_windowsize; 0: the system's. */
  readonly windowSize?: number;
  /** For error texts: `master.cf line 12`. */
  readonly origin: string;
}

/** @throws {FatalError} unknown service or host */
export async function planListeners(
  services: readonly MasterService[],
  settings: Settings,
): Promise<PlannedListener[]> {
  const planned: PlannedListener[] = [];
  for (const service of services) {
    const home = programs[service.command]?.listens;
    if (home === undefined) continue;
    if (service.type === 'unix') {
      const address = path.join(service.private ? 'private' : 'public', service.name);
      planned.push({
        service: `${service.name}/unix`,
        home,
        address,
        port: 0,
        origin: service.origin,
      });
    }
    if (service.type !== 'inet') continue;
    const { host, portName } = splitEndpoint(service.name);
    const port = servicePort(portName, service.origin, settings.known_tcp_ports);
    const addresses =
      host === ''
        ? await interfaceAddresses(settings)
        : await hostAddresses(host, settings, service.origin);
    for (const address of addresses) {
      planned.push({
        service: `${service.name}/inet`,
        home,
        address,
        port,
        windowSize: settings.tcp_windowsize,
        origin: service.origin,
      });
    }
  }
  return planned;
}

/** `smtp`, `2525`, `127.0.0.1:2525`, `[::1]:smtp`, `localhost:smtp-backdoor`. */
function splitEndpoint(name: string): { host: string; portName: string } {
  const match = /^\[([^\]]*)\]:(.+)$/.exec(name) ?? /^(.*):([^:]+)$/.exec(name);
  return match ? { host: match[1] ?? '', portName: match[2] ?? '' } : { host: '', portName: name };
}

interface Families {
  readonly v4: boolean;
  readonly v6: boolean;
}

function families(settings: Settings): Families {
  const protocols = splitList(settings.inet_protocols.toLowerCase());
  const all = protocols.includes('all');
  return {
    v4: all || protocols.includes('ipv4'),
    v6: (all || protocols.includes('ipv6')) && hasIpv6(),
  };
}

/** Whether this machine speaks IPv6 at all; without it `all` means IPv4, as in Postfix. */
function hasIpv6(): boolean {
  try {
    closeSync(openListenSocket('::1', 0));
    return true;
  } catch {
    return false;
  }
}

async function interfaceAddresses(settings: Settings): Promise<string[]> {
  const { v4, v6 } = families(settings);
  const found: string[] = [];
  for (const name of splitList(settings.inet_interfaces)) {
    if (name === 'all') found.push(...(v4 ? ['0.0.0.0'] : []), ...(v6 ? ['::'] : []));
    else if (name === 'loopback-only')
      found.push(...(v4 ? ['127.0.0.1'] : []), ...(v6 ? ['::1'] : []));
    else
      found.push(
        ...(await hostAddresses(
          name,
          settings,
          settings.source.origin('inet_interfaces') ?? 'main.cf',
        )),
      );
  }
  return [...new Set(found)];
}

async function hostAddresses(host: string, settings: Settings, origin: string): Promise<string[]> {
  const { v4, v6 } = families(settings);
  const bare = host.replace(/^\[|\]$/g, '');
  if (net.isIP(bare) !== 0) return [bare];
  try {
    const found = await lookup(bare, { all: true });
    return found.filter(({ family }) => (family === 4 ? v4 : v6)).map(({ address }) => address);
  } catch (error) {
    throw new FatalError(
      `${origin}: host not found: ${bare}; write an address, or a name that /etc/hosts or the DNS knows`,
      sysexits.config,
      { cause: error },
    );
  }
}

type Bound = PlannedListener & BoundListener;

/** The sockets of the running master. */
export class Listeners {
  readonly #openUnix: (path: string) => number;
  #bound = new Map<string, Bound>();

  /** @param openUnix binds a path below the queue directory, with the right owner */
  constructor(openUnix: (path: string) => number = openUnixListenSocket) {
    this.#openUnix = openUnix;
  }

  /** Those whose connections a worker or master takes. */
  of(home: PlannedListener['home']): BoundListener[] {
    return [...this.#bound.values()].filter((bound) => bound.home === home);
  }

  /** Binds what is new, keeps what stays, closes what is not planned any more. @throws {FatalError} nothing changed */
  update(planned: readonly PlannedListener[]): void {
    const next = new Map<string, Bound>();
    const opened: number[] = [];
    try {
      for (const plan of planned) {
        const key = `${plan.address} ${plan.port}`;
        if (next.has(key)) continue;
        const kept = this.#bound.get(key);
        const fd = kept?.fd ?? this.#open(plan);
        if (!kept) opened.push(fd);
        next.set(key, { ...plan, fd });
      }
    } catch (error) {
      for (const fd of opened) closeSync(fd);
      const plan = planned[next.size];
      throw new FatalError(
        bindProblem(error as NodeJS.ErrnoException, plan),
        sysexits.unavailable,
        { cause: error },
      );
    }
    for (const [key, { fd }] of this.#bound) if (!next.has(key)) closeSync(fd);
    this.#bound = next;
  }

  #open({ address, port, windowSize }: PlannedListener): number {
    return port === 0 ? this.#openUnix(address) : openListenSocket(address, port, windowSize);
  }
}

function bindProblem(error: NodeJS.ErrnoException, plan: PlannedListener | undefined): string {
  const where = plan
    ? `bind ${plan.address}${plan.port === 0 ? '' : ` port ${plan.port}`}`
    : 'bind';
  const origin = plan ? `${plan.origin}: ` : '';
  switch (error.code) {
    case 'EADDRINUSE':
      return `${origin}${where}: Address already in use; stop the other server, or name another port in master.cf`;
    case 'EACCES':
      return `${origin}${where}: Permission denied; ports below 1024 are root's: start as root, or name a higher port`;
    case 'EADDRNOTAVAIL':
      return `${origin}${where}: Cannot assign requested address; no interface here has it: see inet_interfaces`;
    default:
      return `${origin}${where}: ${error.message}`;
  }
}
