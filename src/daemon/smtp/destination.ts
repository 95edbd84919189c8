/**
 * smtp/destination - a next hop to the servers to try, in order: MX by preference, then the name's own address.
 *
 * Invariant: we never come before ourselves; where we are the best, mail would loop.
 * Postfix: smtp_addr.c. Standards: RFC 5321 section 5.1, RFC 7505 (null MX), RFC 3974.
 */
import type { DnsRecord, Resolver } from '../../lib/dns/resolver.js';
import type { Log } from '../../lib/log/log.js';
import { addressValue } from '../../lib/util/net-address.js';
import { isDomainName } from '../../lib/util/mail-domain.js';
import { AddressLookup, badName, nameTrouble, nullMx } from './addresses.js';
import type { ClientSettings } from './client-settings.js';
import type { Place } from './place.js';
import type { Server } from './server.js';
import { isSoft, softened, Trouble, type Why } from './trouble.js';

export interface Servers {
  readonly servers: readonly Server[];
  /** We are among the exchangers: nobody outside of them may be tried. */
  readonly isExchanger: boolean;
}

const smtpPort = 25;
const maxExchangers = 50;

export class Destinations {
  readonly #settings: ClientSettings;
  readonly #log: Log;
  readonly #resolver: Resolver;
  readonly #lookup: AddressLookup;
  readonly #own: ReadonlySet<string>;

  /** @param own addresses of this machine that we listen on, `family value` */
  constructor(
    settings: ClientSettings,
    parts: { readonly log: Log; readonly resolver: Resolver },
    own: ReadonlySet<string>,
  ) {
    this.#settings = settings;
    this.#log = parts.log;
    this.#resolver = parts.resolver;
    this.#lookup = new AddressLookup(settings, parts.resolver);
    this.#own = own;
  }

  /** @throws {Trouble} no such place, none reachable by its names, or it is us */
  servers(place: Place): Promise<Servers> {
    const asksMx = !place.literal && !this.#settings.lmtp && this.#lookup.usesDns;
    return asksMx ? this.#ofDomain(place) : this.#ofHost(place);
  }

  async #ofDomain(place: Place): Promise<Servers> {
    const { host } = place;
    const { ignore_mx_lookup_error: mayIgnore } = this.#settings.common;
    if (!isDomainName(host)) {
      if (mayIgnore || addressValue(host)) return this.#ofHost(place);
      throw asTrouble(badName(host));
    }
    const answer = await this.#resolver.query(host, 'MX');
    switch (answer.is) {
      case 'found':
        return this.#ofExchangers(place, answer.records, answer.authentic);
      case 'no-data':
      case 'no-host':
        // RFC 5321 section 5.1: without MX the name itself is the exchanger.
        return this.#ofHost(place);
      case 'failed':
      case 'try-again':
        if (mayIgnore) return this.#ofHost(place);
        throw asTrouble(nameTrouble(host, 'MX', answer));
    }
  }

  async #ofHost({ host, port }: Place): Promise<Servers> {
    const found = await this.#lookup.of(host);
    if (found.is === 'trouble') throw asTrouble(found.why);
    const hasSecureAddress = found.authentic === true;
    const servers = found.addresses.map((address) => ({
      host,
      address,
      port,
      preference: 0,
      hasSecureAddress,
    }));
    if (this.#ownIndex(servers, port) >= 0) throw loops(host);
    return { servers: this.#ordered(servers), isExchanger: false };
  }

  async #ofExchangers(
    place: Place,
    records: readonly DnsRecord[],
    hasSecureMx: boolean,
  ): Promise<Servers> {
    if (records.every(({ value }) => value === '')) throw nullMx(place.host);
    const sorted = [...records]
      .sort((a, b) => (a.preference ?? 0) - (b.preference ?? 0))
      .slice(0, maxExchangers);
    const { servers, why } = await this.#addressesOf(sorted, place.port, hasSecureMx);
    const [best] = servers;
    if (!best) {
      this.#log.warning(`no MX host for ${place.host} has a valid address record`);
      throw asTrouble(this.#settings.defer_if_no_mx_address_found ? softened(why) : why);
    }
    const own = this.#ownIndex(servers, place.port);
    if (own < 0) return { servers: this.#ordered(servers), isExchanger: false };
    // RFC 5321 section 5.1: ourselves, and all that is not better than us, are not tried.
    const better = servers.filter(
      ({ preference }) => preference < (servers[own]?.preference ?? best.preference),
    );
    if (better.length > 0) return { servers: this.#ordered(better), isExchanger: true };
    if (sorted[0]?.preference !== best.preference)
      throw new Trouble('4.4.4', `unable to find primary relay for ${place.host}`, true);
    throw loops(place.host);
  }

  /** `why` tells what went wrong with those that were not found; trouble that may pass outweighs the other. */
  async #addressesOf(
    records: readonly DnsRecord[],
    port: number,
    hasSecureMx: boolean,
  ): Promise<{ readonly servers: readonly Server[]; readonly why: Why }> {
    const found = await Promise.all(records.map(({ value }) => this.#lookup.of(value)));
    const servers: Server[] = [];
    let why: Why | undefined;
    for (const [index, result] of found.entries()) {
      const { value: host = '', preference = 0 } = records[index] ?? {};
      if (result.is === 'found')
        servers.push(
          ...result.addresses.map((address) => ({
            host,
            address,
            port,
            preference,
            hasSecureAddress: result.authentic === true,
            hasSecureMx,
          })),
        );
      else why = why && isSoft(why) && !isSoft(result.why) ? softened(result.why) : result.why;
    }
    return { servers, why: why ?? nameTrouble('', 'A', { is: 'no-data', authentic: false }) };
  }

  /** Loops are looked for at the port of SMTP only: another port is another server. */
  #ownIndex(servers: readonly Server[], port: number): number {
    if (port !== smtpPort || this.#settings.lmtp) return -1;
    return servers.findIndex(({ address }) => {
      const value = addressValue(address);
      return value !== undefined && this.#own.has(`${value.family} ${value.value}`);
    });
  }

  /** By preference; among equals by chance and address_preference; neither family crowds out the other. */
  #ordered(servers: readonly Server[]): readonly Server[] {
    if (servers.length < 2) return servers;
    const list = [...servers];
    if (this.#settings.randomize_addresses) shuffle(list);
    const wanted = this.#settings.address_preference;
    const rank = ({ address }: Server): number => {
      if (wanted === 'ipv6') return address.includes(':') ? 0 : 1;
      if (wanted === 'ipv4') return address.includes(':') ? 1 : 0;
      return 0;
    };
    list.sort((a, b) => a.preference - b.preference || rank(a) - rank(b));
    const limit = this.#settings.mx_address_limit;
    return limit > 0 && this.#settings.balance_inet_protocols ? balanced(list, limit) : list;
  }
}

/** At most `limit` servers, half of them of each family where both have that many. */
export function balanced(servers: readonly Server[], limit: number): readonly Server[] {
  const isV6 = ({ address }: Server): boolean => address.includes(':');
  const v6 = servers.filter(isV6).length;
  const v4 = servers.length - v6;
  if (v4 === 0 || v6 === 0 || servers.length <= limit) return servers;
  const half = Math.floor(limit / 2);
  const [first] = servers;
  let room = { v4: Math.floor((limit + (first && isV6(first) ? 0 : 1)) / 2), v6: 0 };
  room.v6 = limit - room.v4;
  if (v6 <= half) room = { v4: limit - v6, v6 };
  else if (v4 <= half) room = { v4, v6: limit - v4 };
  return servers.filter((server) => (isV6(server) ? room.v6-- > 0 : room.v4-- > 0));
}

function shuffle(list: Server[]): void {
  for (let end = list.length - 1; end > 0; end -= 1) {
    const other = Math.floor(Math.random() * (end + 1));
    const [a, b] = [list[end], list[other]];
    if (a && b) [list[end], list[other]] = [b, a];
  }
}

function loops(host: string): Trouble {
  return new Trouble('5.4.6', `mail for ${host} loops back to myself`, true);
}

function asTrouble(why: Why): Trouble {
  return new Trouble(why.dsn, why.text, why.ofSite);
}
