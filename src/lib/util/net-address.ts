/** util/net-address - IP addresses and networks as numbers. Standards: RFC 4291, RFC 4632. */
import net from 'node:net';

export interface Network {
  readonly family: 4 | 6;
  /** First address. */
  readonly base: bigint;
  readonly prefix: number;
}

/** Numeric value; undefined for what is no address. A zone (`%eth0`) is cut off. */
export function addressValue(address: string): { family: 4 | 6; value: bigint } | undefined {
  const plain = address.replace(/%.*$/, '');
  if (net.isIPv4(plain)) {
    return {
      family: 4,
      value: plain.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n),
    };
  }
  if (!net.isIPv6(plain)) return undefined;
  return {
    family: 6,
    value: ipv6Words(plain).reduce((sum, word) => (sum << 16n) | BigInt(word), 0n),
  };
}

/** Eight 16-bit words of a valid IPv6 address, dotted quad included. */
export function ipv6Words(address: string): number[] {
  const quad = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text = quad
    ? `${quad[1] ?? ''}${((Number(quad[2]) << 8) | Number(quad[3])).toString(16)}:${((Number(quad[4]) << 8) | Number(quad[5])).toString(16)}`
    : address;
  const [head = '', tail] = text.split('::');
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16));
  if (tail === undefined) return words(head);
  const [left, right] = [words(head), words(tail)];
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/**
 * An address as the system writes it: IPv6 in lower case, its longest run of zeros left out. Undefined: no
 * address. A zone is cut off.
 */
export function canonicalAddress(address: string): string | undefined {
  const parsed = addressValue(address);
  if (parsed?.family !== 6) return parsed && address;
  const words = ipv6Words(address.replace(/%.*$/, ''));
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff)
    return `::ffff:${[words[6] ?? 0, words[7] ?? 0].flatMap((word) => [word >> 8, word & 0xff]).join('.')}`;
  const text = words.map((word) => word.toString(16)).join(':');
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

/**
 * `192.0.2.0/24`, `[2001:db8::]/32`, `192.0.2.1`; also a pattern without its last octets is not one.
 * @throws {Error} what is wrong and what to write
 */
export function parseNetwork(text: string): Network {
  const match = /^\[?([^\]/]+)\]?(?:\/(\d+))?$/.exec(text);
  const address = match && addressValue(match[1] ?? '');
  if (!address)
    throw new Error(`${text}: bad address pattern; write 192.0.2.0/24 or [2001:db8::]/32`);
  const bits = address.family === 4 ? 32 : 128;
  const prefix = match[2] === undefined ? bits : Number(match[2]);
  if (prefix > bits) throw new Error(`${text}: bad prefix length; write /0 to /${bits}`);
  const hostBits = BigInt(bits - prefix);
  const base = (address.value >> hostBits) << hostBits;
  if (base !== address.value) {
    throw new Error(
      `${text}: non-null host address bits; write ${formatAddress(address.family, base)}/${prefix}`,
    );
  }
  return { family: address.family, base, prefix };
}

export function inNetwork(network: Network, address: { family: 4 | 6; value: bigint }): boolean {
  if (network.family !== address.family) return false;
  const hostBits = BigInt((network.family === 4 ? 32 : 128) - network.prefix);
  return address.value >> hostBits === network.base >> hostBits;
}

function formatAddress(family: 4 | 6, value: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const words = [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) =>
    ((value >> shift) & 0xffffn).toString(16),
  );
  return new URL(`http://[${words.join(':')}]/`).hostname;
}
