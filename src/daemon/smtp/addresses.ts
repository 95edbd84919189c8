/**
 * smtp/addresses - the addresses of one host, from the DNS or from the system's own tables.
 *
 * Postfix: smtp_addr.c, dns_lookup.c.
 */
import { lookup } from 'node:dns/promises';
import net from 'node:net';
import type { DnsAnswer, RecordType, Resolver } from '../../lib/dns/resolver.js';
import { splitList } from '../../lib/util/list.js';
import { isDomainName } from '../../lib/util/mail-domain.js';
import type { ClientSettings } from './client-settings.js';
import { Trouble, type Why } from './trouble.js';

export type Found =
  | {
      readonly is: 'found';
      readonly addresses: readonly string[];
      /** The resolver vouches for them. */
      readonly authentic?: boolean;
    }
  | { readonly is: 'trouble'; readonly why: Why };

export class AddressLookup {
  readonly #resolver: Resolver;
  readonly #families: readonly (readonly [type: 'A' | 'AAAA', family: 4 | 6])[];
  readonly usesDns: boolean;
  readonly #usesNative: boolean;

  constructor(settings: ClientSettings, resolver: Resolver) {
    this.#resolver = resolver;
    const level = settings.dns_support_level;
    this.usesDns = level === '' ? !settings.common.disable_dns_lookups : level !== 'disabled';
    const methods = splitList(settings.host_lookup);
    this.#usesNative = !this.usesDns || methods.includes('native');
    this.usesDnsForHosts = this.usesDns && methods.includes('dns');
    const protocols = splitList(settings.common.inet_protocols.toLowerCase());
    const has = (name: string): boolean => protocols.includes('all') || protocols.includes(name);
    this.#families = [
      ...(has('ipv4') ? [['A', 4] as const] : []),
      ...(has('ipv6') ? [['AAAA', 6] as const] : []),
    ];
  }

  readonly usesDnsForHosts: boolean;

  async of(host: string): Promise<Found> {
    if (net.isIP(host) !== 0) return { is: 'found', addresses: [host] };
    let found: Found | undefined;
    if (this.usesDnsForHosts) {
      found = await this.#fromDns(host);
      // Only what the DNS does not know may be known elsewhere.
      if (found.is === 'found' || found.why.dsn !== '5.4.4' || !this.#usesNative) return found;
    }
    return this.#fromSystem(host);
  }

  async #fromDns(host: string): Promise<Found> {
    if (!isDomainName(host)) return { is: 'trouble', why: badName(host) };
    const answers = await Promise.all(
      this.#families.map(([type]) => this.#resolver.query(host, type)),
    );
    const addresses = answers.flatMap((answer) =>
      answer.is === 'found' ? answer.records.map(({ value }) => value) : [],
    );
    if (addresses.length > 0) {
      const authentic = answers.every((answer) => !('authentic' in answer) || answer.authentic);
      return { is: 'found', addresses, authentic };
    }
    // Trouble that may pass says more than a name without addresses.
    const order = ['try-again', 'failed', 'no-data', 'no-host', 'found'];
    const index = answers
      .map((answer, position) => ({ rank: order.indexOf(answer.is), position }))
      .sort((a, b) => a.rank - b.rank || b.position - a.position)[0]?.position;
    const answer = answers[index ?? 0] ?? { is: 'no-data', authentic: false };
    const [type] = this.#families[index ?? 0] ?? ['A'];
    return { is: 'trouble', why: nameTrouble(host, type, answer) };
  }

  /** /etc/hosts, and whatever else the system asks. */
  async #fromSystem(host: string): Promise<Found> {
    try {
      const found = await lookup(host, { all: true });
      const addresses = found
        .filter(({ family }) => this.#families.some(([, wanted]) => wanted === family))
        .map(({ address }) => address);
      if (addresses.length > 0) return { is: 'found', addresses };
      return {
        is: 'trouble',
        why: { dsn: '5.4.4', text: `${host}: host not found`, ofSite: true },
      };
    } catch (error) {
      const passes = (error as NodeJS.ErrnoException).code === 'EAI_AGAIN';
      const reason = passes ? 'Temporary failure in name resolution' : 'Name or service not known';
      const text = `unable to look up host ${host}: ${reason}`;
      return { is: 'trouble', why: { dsn: passes ? '4.4.4' : '5.4.4', text, ofSite: true } };
    }
  }
}

export function badName(host: string): Why {
  const text = `Name service error for ${host}: invalid host or domain name`;
  return { dsn: '5.4.4', text, ofSite: true };
}

export function nameTrouble(host: string, type: RecordType, answer: DnsAnswer): Why {
  const about = `Host or domain name not found. Name service error for name=${host} type=${type}: `;
  const because = (dsn: string, words: string): Why => ({ dsn, text: about + words, ofSite: true });
  switch (answer.is) {
    case 'no-host':
      return because('5.4.4', 'Host not found');
    case 'try-again':
      if (answer.filtered) {
        const text = `Error looking up name=${host} type=${type}: ${answer.reason}`;
        return { dsn: '4.7.0', text, ofSite: true };
      }
      return because('4.4.3', 'Host not found, try again');
    case 'failed':
      return because('5.4.3', 'Non-recoverable error');
    case 'no-data':
    case 'found':
      return because('5.4.4', 'Host found but no data record of requested type');
  }
}

export function nullMx(domain: string): Trouble {
  return new Trouble('5.1.0', `Domain ${domain} does not accept mail (nullMX)`, true);
}
