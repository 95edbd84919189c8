/**
 * map/own-networks - mynetworks: as it is set, or from the addresses of this machine by mynetworks_style.
 *
 * Postfix: mynetworks.c.
 */
import os from 'node:os';
import type { Settings } from '../config/settings.js';
import { splitList } from '../util/list.js';

type NetworkSettings = Pick<
  Settings,
  'mynetworks_style' | 'inet_interfaces' | 'inet_protocols' | 'proxy_interfaces'
> & {
  readonly mynetworks: string;
};

export function mynetworks(settings: NetworkSettings): string {
  if (settings.mynetworks !== '') return settings.mynetworks;
  const wanted = new Set(splitList(settings.inet_interfaces));
  const everything = wanted.has('all');
  const families = splitList(settings.inet_protocols);
  const has = (family: string): boolean => families.includes('all') || families.includes(family);
  const networks = Object.values(os.networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ family }) => has(family === 'IPv4' ? 'ipv4' : 'ipv6'))
    .filter(({ internal, address }) => everything || internal || wanted.has(address))
    .map(({ address, family, cidr, internal }) =>
      ownNetwork(
        address.replace(/%.*/, ''),
        family === 'IPv4',
        Number(cidr?.split('/')[1] ?? NaN),
        internal,
        settings.mynetworks_style,
      ),
    );
  return [...new Set(networks)].join(', ');
}

function ownNetwork(
  address: string,
  isV4: boolean,
  prefix: number,
  internal: boolean,
  style: string,
): string {
  if (!isV4)
    return style === 'host' || internal || Number.isNaN(prefix)
      ? `[${address}]/128`
      : `[${networkOfV6(address, prefix)}]/${prefix}`;
  if (internal) return '127.0.0.0/8';
  if (style === 'host' || Number.isNaN(prefix)) return `${address}/32`;
  const length = style === 'class' ? classPrefix(address) : prefix;
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - length);
  const base = Math.floor(value / size) * size;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.')}/${length}`;
}

function classPrefix(address: string): number {
  const first = Number(address.split('.')[0]);
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}

function networkOfV6(address: string, prefix: number): string {
  const plain = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail = ''] = plain.includes('::') ? plain.split('::') : [plain, ''];
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const words = [
    ...left,
    ...new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'),
    ...right,
  ].map((word) => Number.parseInt(word, 16));
  const masked = words.map((word, index) => {
    const bits = Math.min(16, Math.max(0, prefix - index * 16));
    return word & (0xffff << (16 - bits)) & 0xffff;
  });
  return masked.map((word) => word.toString(16)).join(':');
}
