/**
 * smtpd/client-networks - clients of one network are counted as one: smtpd_client_ipv4_prefix_length and its twin.
 *
 * Who owns a /64 has more IPv6 addresses than any table has rows.
 */
import type { Settings } from '../../lib/config/settings.js';
import type { Anvil } from '../../lib/ipc/conversation/anvil.js';
import { addressValue } from '../../lib/util/net-address.js';

type Lengths = Pick<
  Settings,
  'smtpd_client_ipv4_prefix_length' | 'smtpd_client_ipv6_prefix_length'
>;

/** The address itself where the length is whole, else `192.0.2.0/24`. */
export function networkOf(address: string, settings: Lengths): string {
  const isV6 = address.includes(':');
  const bits = isV6 ? 128 : 32;
  const prefix = isV6
    ? settings.smtpd_client_ipv6_prefix_length
    : settings.smtpd_client_ipv4_prefix_length;
  if (prefix >= bits) return address;
  const found = addressValue(address);
  if (found?.family !== (isV6 ? 6 : 4)) return address;
  const below = BigInt(bits - prefix);
  const base = (found.value >> below) << below;
  const [digits, width, separator] = isV6 ? [16, 4, ':'] : [10, 2, '.'];
  const hex = base.toString(16).padStart(bits / 4, '0');
  const words = hex.match(new RegExp(`.{${width}}`, 'g')) ?? [];
  return `${words.map((word) => Number.parseInt(word, 16).toString(digits)).join(separator)}/${prefix}`;
}

/** The same counters, asked for the network of the client. */
export function byNetwork(anvil: Anvil, settings: Lengths): Anvil {
  const of = (address: string): string => networkOf(address, settings);
  return {
    connect: (service, address) => anvil.connect(service, of(address)),
    disconnect: (service, address) => anvil.disconnect(service, of(address)),
    message: (service, address) => anvil.message(service, of(address)),
    recipient: (service, address) => anvil.recipient(service, of(address)),
    newTlsSession: (service, address) => anvil.newTlsSession(service, of(address)),
    auth: (service, address) => anvil.auth(service, of(address)),
    authFailure: (service, address, more) => anvil.authFailure(service, of(address), more),
    tlsSessionRate: (service, address) => anvil.tlsSessionRate(service, of(address)),
  };
}
