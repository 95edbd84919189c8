/** dict/type/cidr - `network result` lines for addresses, first match wins. Standard: cidr_table(5). */
import { isIPv4, isIPv6 } from 'node:net';
import { ipv6Words } from '../../util/net-address.js';
import type { LookupResult } from '../dict.js';
import { firstMatch, readRules, RuleProblem } from '../text/rules.js';
import type { DictType } from '../type.js';

/** An address as 32-bit words: one for IPv4, four for IPv6. */
type Words = readonly number[];

interface Match {
  readonly base: Words;
  readonly mask: Words;
  readonly isNegated: boolean;
  readonly value: string;
}

const notFound: LookupResult = { is: 'not-found' };

export const cidr: DictType = {
  name: 'cidr',
  file: (name) => (name.startsWith('{') ? undefined : name),
  open(name, context) {
    const rules = readRules(name, context, { type: 'cidr', garbageAfterEndif: 'skip-line', parse });
    return {
      name: `cidr:${name}`,
      isPattern: true,
      lookup(key) {
        const address = wordsOf(key);
        if (!address) return notFound;
        const found = firstMatch(rules, (match) => hits(match, address));
        return found ? { is: 'found', value: found.value } : notFound;
      },
      close: () => undefined,
    };
  },
};

function parse(text: string, isIf: boolean): Match {
  const match = /^(!?)[ \t]*(\S*)\s*(.*)$/s.exec(text);
  const pattern = match?.[2] ?? '';
  const value = match?.[3] ?? '';
  const [address = '', length] = pattern.split('/', 2);
  const base = wordsOf(address.replace(/^\[(.*)\]$/, '$1'));
  if (!base) throw new RuleProblem(`bad address pattern: "${pattern}": skipping this rule`);
  const bits = base.length * 32;
  const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : Infinity;
  if (prefix > bits) throw new RuleProblem(`bad mask length in "${pattern}": skipping this rule`);
  const mask = base.map((_, index) => maskWord(prefix - 32 * index));
  if (base.some((word, index) => (word & ~(mask[index] ?? 0)) !== 0)) {
    const better = `${format(base.map((word, index) => (word & (mask[index] ?? 0)) >>> 0))}/${prefix}`;
    throw new RuleProblem(
      `non-null host address bits in "${pattern}", perhaps you should use "${better}" instead: skipping this rule`,
    );
  }
  if (isIf && value !== '') throw new RuleProblem('garbage after IF pattern: skipping this rule');
  if (!isIf && value === '') throw new RuleProblem('no lookup result: skipping this rule');
  return { base, mask, isNegated: match?.[1] === '!', value };
}

function hits({ base, mask, isNegated }: Match, address: Words): boolean {
  // Also `!` speaks of addresses of its own family only.
  if (base.length !== address.length) return false;
  for (let index = 0; index < base.length; index += 1) {
    if ((((address[index] ?? 0) ^ (base[index] ?? 0)) & (mask[index] ?? 0)) !== 0) return isNegated;
  }
  return !isNegated;
}

function maskWord(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffffffff : (0xffffffff << (32 - bits)) >>> 0;
}

function wordsOf(address: string): Words | undefined {
  if (isIPv4(address)) {
    return [address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)];
  }
  if (!isIPv6(address) || address.includes('%')) return undefined;
  const halves = ipv6Words(address);
  return [0, 2, 4, 6].map((index) => (halves[index] ?? 0) * 65536 + (halves[index + 1] ?? 0));
}

function format(words: Words): string {
  if (words.length === 1)
    return [24, 16, 8, 0].map((shift) => ((words[0] ?? 0) >>> shift) & 255).join('.');
  const text = words
    .flatMap((word) => [word >>> 16, word & 0xffff])
    .map((half) => half.toString(16))
    .join(':');
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}
