/**
 * config/own-networks - this machine's addresses, and the default of mynetworks made of them; pure but for ownAddresses().
 *
 * Postfix: own_inet_addr.c, mynetworks.c.
 */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { splitList } from '../util/list.js';

export interface InterfaceAddress {
  readonly address: string;
  readonly isV4: boolean;
  /** Bits of its network. */
  readonly prefix: number;
}

/** Addresses of all interfaces, IPv4 first. */
function interfaceAddresses(): InterfaceAddress[] {
  const found = Object.values(os.networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .map(({ address, family, cidr }) => ({
      address: address.replace(/%.*/, ''),
      isV4: family === 'IPv4',
      prefix: Number(cidr?.split('/')[1] ?? (family === 'IPv4' ? 32 : 128)),
    }));
  return [...found.filter(({ isV4 }) => isV4), ...found.filter(({ isV4 }) => !isV4)];
}

/** The addresses that inet_interfaces and inet_protocols leave. Names are looked up in /etc/hosts only. */
export function ownAddresses(inetInterfaces: string, inetProtocols: string): InterfaceAddress[] {
  const protocols = splitList(inetProtocols.toLowerCase());
  const has = (isV4: boolean): boolean =>
    protocols.includes('all') || protocols.includes(isV4 ? 'ipv4' : 'ipv6');
  const all = interfaceAddresses().filter(({ isV4 }) => has(isV4));
  const words = splitList(inetInterfaces.toLowerCase());
  if (words.includes('all')) return all;
  const wanted = new Set(words.flatMap(addressesOf));
  return all.filter(
    ({ address }) =>
      wanted.has(address) || (words.includes('loopback-only') && isLoopback(address)),
  );
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

function addressesOf(word: string): string[] {
  const plain = word.replace(/^\[(.*)\]$/, '$1');
  if (/^[\d.]+$|:/.test(plain)) return [plain];
  let hosts: string;
  try {
    hosts = readFileSync('/etc/hosts', 'utf8');
  } catch {
    return [];
  }
  return hosts.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/);
    return names.includes(plain) ? [address] : [];
  });
}

/** `127.0.0.0/8 192.0.2.0/24 [::1]/128`. @param style host, subnet or class @throws {Error} another style */
export function networksOf(addresses: readonly InterfaceAddress[], style: string): string {
  if (!['host', 'subnet', 'class'].includes(style))
    throw new Error(`unknown mynetworks_style: "${style}"; write host, subnet or class`);
  const networks = addresses.map(({ address, isV4, prefix }) => {
    const bits = isV4 ? 32 : 128;
    const length = style === 'host' ? bits : style === 'class' && isV4 ? classOf(address) : prefix;
    const network = textOf(maskedBytes(bytesOf(address, isV4), length), isV4);
    return isV4 ? `${network}/${length}` : `[${network}]/${length}`;
  });
  return [...new Set(networks)].join(' ');
}

/** RFC 791: bits of the network of a class A, B or C address. */
function classOf(address: string): number {
  const first = Number(address.split('.')[0]);
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}

function bytesOf(address: string, isV4: boolean): number[] {
  if (isV4) return address.split('.').map(Number);
  // URL writes every IPv6 address in hexadecimal words.
  const words = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = words.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = new Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...middle, ...right].flatMap((word) => {
    const value = Number.parseInt(word, 16);
    return [value >> 8, value & 0xff];
  });
}

function maskedBytes(bytes: readonly number[], length: number): number[] {
  return bytes.map((byte, index) => {
    const bits = Math.min(8, Math.max(0, length - index * 8));
    return byte & (0xff00 >> bits) & 0xff;
  });
}

function textOf(bytes: readonly number[], isV4: boolean): string {
  if (isV4) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${words.join(':')}]/`).hostname.slice(1, -1);
}
