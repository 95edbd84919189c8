/**
 * smtp/destination - a next hop to the servers to try, in order: MX by preference, then the name's own address.
 *
 * Standards: RFC 5321 section 5.1, RFC 7505 (null MX), RFC 3974. Postfix: smtp_addr.c.
 */
import { randomInt } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { servicePort } from '../../lib/config/services.js';
import type { Settings } from '../../lib/config/settings.js';
import type { DnsAnswer, DnsRecord, Resolver } from '../../lib/dns/resolver.js';
import { splitList } from '../../lib/util/list.js';
import { Trouble } from './trouble.js';

export interface Server {
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

export interface Place {
  readonly host: string;
  readonly port: number;
  /** `[host]`: no MX look-up. */
  readonly literal: boolean;
}

/** `host`, `[host]`, `host:port`, `[host]:port`, `[192.0.2.1]`, `[ipv6:2001:db8::1]:25`. */
export function parsePlace(text: string, defaultPort: string): Place {
  const bracketed = /^\[([^\]]+)\](?::([^:]+))?$/.exec(text);
  const plain = /^([^:[\]]+)(?::([^:]+))?$/.exec(text);
  const match = bracketed ?? plain;
  if (!match)
    throw new Trouble('5.4.4', `unable to look up host ${text}: bad syntax`, { ofSite: false });
  const host = (match[1] ?? '').replace(/^ipv6:/i, '');
  return {
    host,
    port: servicePort(match[2] ?? defaultPort, 'nexthop'),
    literal: bracketed !== null,
  };
}

export class Destinations {
  readonly #settings: Settings;
  readonly #resolver: Resolver;

  constructor(settings: Settings, resolver: Resolver) {
    this.#settings = settings;
    this.#resolver = resolver;
  }

  /** @throws {Trouble} no such place, none reachable by its names, or it is us */
  async servers(
    place: Place,
    isOwn: (address: string, port: number) => boolean,
  ): Promise<Server[]> {
    if (place.literal || net.isIP(place.host) !== 0 || this.#isDnsOff())
      return this.#addresses(place.host, place.port, 'A');
    const mx = await this.#resolver.query(place.host, 'MX');
    switch (mx.is) {
      case 'found':
        return this.#exchangers(place, mx.records, isOwn);
      case 'no-data':
      case 'no-host':
      case 'failed':
        // RFC 5321 section 5.1: without MX the name itself is the exchanger. A name may also be in /etc/hosts only.
        try {
          return await this.#addresses(place.host, place.port, 'A');
        } catch (error) {
          if (mx.is === 'no-data' || !(error instanceof Trouble) || !error.dsn.startsWith('5'))
            throw error;
          throw nameTrouble(place.host, 'MX', mx);
        }
      case 'try-again':
        if (this.#settings.ignore_mx_lookup_error)
          return this.#addresses(place.host, place.port, 'A');
        throw nameTrouble(place.host, 'MX', mx);
    }
  }

  #isDnsOff(): boolean {
    return (
      this.#settings.disable_dns_lookups || this.#settings.smtp_dns_support_level === 'disabled'
    );
  }

  async #exchangers(
    place: Place,
    records: readonly DnsRecord[],
    isOwn: (address: string, port: number) => boolean,
  ): Promise<Server[]> {
    if (records.every(({ value }) => value === '')) {
      throw new Trouble('5.1.0', `Domain ${place.host} does not accept mail (nullMX)`, {
        ofSite: false,
      });
    }
    const sorted = [...records].sort(
      (a, b) =>
        (a.preference ?? 0) - (b.preference ?? 0) ||
        (this.#settings.smtp_randomize_addresses ? randomInt(3) - 1 : 0),
    );
    const servers: Server[] = [];
    let trouble: Trouble | undefined;
    let bestIsOwn = false;
    for (const { value } of sorted) {
      try {
        const found = await this.#addresses(value, place.port, 'A');
        if (found.some(({ address, port }) => isOwn(address, port))) {
          // RFC 5321 section 5.1: ourselves, and all that is not better than us, are not tried.
          bestIsOwn = servers.length === 0;
          break;
        }
        servers.push(...found);
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        trouble = error;
      }
    }
    if (bestIsOwn)
      throw new Trouble('5.4.6', `mail for ${place.host} loops back to myself`, { ofSite: false });
    if (servers.length > 0) return servers.slice(0, limitOf(this.#settings.smtp_mx_address_limit));
    throw (
      trouble ??
      new Trouble('5.4.4', `unable to find primary relay for ${place.host}`, { ofSite: false })
    );
  }

  async #addresses(host: string, port: number, type: 'A'): Promise<Server[]> {
    if (net.isIP(host) !== 0) return [{ host, address: host, port }];
    const protocols = splitList(this.#settings.inet_protocols);
    const all = protocols.includes('all');
    const found: string[] = [];
    const answers: DnsAnswer[] = [];
    const native =
      splitList(this.#settings.smtp_host_lookup).includes('native') || this.#isDnsOff();
    if (!this.#isDnsOff()) {
      for (const [record, protocol] of [
        ['AAAA', 'ipv6'],
        ['A', 'ipv4'],
      ] as const) {
        if (!all && !protocols.includes(protocol)) continue;
        const answer = await this.#resolver.query(host, record);
        answers.push(answer);
        if (answer.is === 'found') found.push(...answer.records.map(({ value }) => value));
      }
    }
    if (found.length === 0 && (native || !answers.some(({ is }) => is === 'try-again'))) {
      found.push(
        ...(await nativeAddresses(
          host,
          all || protocols.includes('ipv4'),
          all || protocols.includes('ipv6'),
        )),
      );
    }
    if (found.length > 0) return found.map((address) => ({ host, address, port }));
    throw nameTrouble(
      host,
      type,
      answers.find(({ is }) => is === 'try-again') ??
        answers.at(-1) ?? { is: 'no-host', authentic: false },
    );
  }
}

function limitOf(limit: number): number {
  return limit > 0 ? limit : Number.MAX_SAFE_INTEGER;
}

/** /etc/hosts and whatever else the system asks: only names that the files have answer without a network. */
async function nativeAddresses(host: string, v4: boolean, v6: boolean): Promise<string[]> {
  try {
    const found = await lookup(host, { all: true });
    return found.filter(({ family }) => (family === 4 ? v4 : v6)).map(({ address }) => address);
  } catch {
    return [];
  }
}

function nameTrouble(host: string, type: string, answer: DnsAnswer): Trouble {
  const words = {
    found: 'Host found but no data record of requested type',
    'no-host': 'Host not found',
    'no-data': 'Host found but no data record of requested type',
    'try-again': 'Host not found, try again',
    failed: 'Unspecified error',
  }[answer.is];
  const dsn = answer.is === 'try-again' ? '4.4.3' : '5.4.4';
  const prefix =
    answer.is === 'no-host' || answer.is === 'try-again' ? 'Host or domain name not found. ' : '';
  return new Trouble(dsn, `${prefix}Name service error for name=${host} type=${type}: ${words}`, {
    ofSite: false,
  });
}
