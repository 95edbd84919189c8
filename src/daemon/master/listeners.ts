/**
 * master/listeners - which addresses and ports the inet lines of master.cf mean, and the sockets bound to them.
 *
 * Sockets outlive workers and reloads: a reload keeps those it still needs, so that no connection is refused.
 * Postfix: inet_addr_local(3), inet_addr_host(3), postconf(5) inet_interfaces.
 */
import { closeSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import net from 'node:net';
import type { MasterService } from '../../lib/config/master-cf.js';
import { servicePort } from '../../lib/config/services.js';
import type { Settings } from '../../lib/config/settings.js';
import { openListenSocket } from '../../lib/sys/listen-socket.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { splitList } from '../../lib/util/list.js';
import { sysexits } from '../../lib/util/sysexits.js';
import type { BoundListener } from './worker-handle.js';

export interface PlannedListener {
  readonly service: string;
  readonly address: string;
  readonly port: number;
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
    if (service.type !== 'inet') continue;
    const { host, portName } = splitEndpoint(service.name);
    const port = servicePort(portName, service.origin, settings.known_tcp_ports);
    const addresses =
      host === ''
        ? await interfaceAddresses(settings)
        : await hostAddresses(host, settings, service.origin);
    for (const address of addresses) {
      planned.push({ service: `${service.name}/inet`, address, port, origin: service.origin });
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

/** The sockets of the running master. */
export class Listeners {
  #bound = new Map<string, BoundListener>();

  get all(): BoundListener[] {
    return [...this.#bound.values()];
  }

  /** Binds what is new, keeps what stays, closes what is not planned any more. @throws {FatalError} nothing changed */
  update(planned: readonly PlannedListener[]): void {
    const next = new Map<string, BoundListener>();
    const opened: number[] = [];
    try {
      for (const plan of planned) {
        const key = `${plan.address} ${plan.port}`;
        if (next.has(key)) continue;
        const kept = this.#bound.get(key);
        const fd = kept?.fd ?? openListenSocket(plan.address, plan.port);
        if (!kept) opened.push(fd);
        next.set(key, { service: plan.service, address: plan.address, port: plan.port, fd });
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
}

function bindProblem(error: NodeJS.ErrnoException, plan: PlannedListener | undefined): string {
  const where = plan ? `bind ${plan.address} port ${plan.port}` : 'bind';
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
