/** dict/type/cidr - `network value` lines, first match wins; also `!network` and if/endif. cidr_table(5). */
import { addressValue, inNetwork, type Network, parseNetwork } from '../../util/net-address.js';
import type { LookupResult } from '../dict.js';
import { sourceLines } from '../text/source.js';
import { type DictType, TableError } from '../type.js';
import { readText } from './texthash.js';

interface Rule {
  readonly is: 'value' | 'if' | 'endif';
  readonly negated: boolean;
  readonly network?: Network;
  readonly value: string;
}

export const cidr: DictType = {
  name: 'cidr',
  file: (path) => path,
  open(name) {
    const rules = sourceLines(readText('cidr', name)).map(({ text, line }) =>
      parseRule(text, `cidr:${name} line ${line}`),
    );
    return {
      name: `cidr:${name}`,
      isPattern: true,
      lookup: (key) => find(rules, key),
      close: () => undefined,
    };
  },
};

function parseRule(text: string, origin: string): Rule {
  if (/^endif\b/i.test(text)) return { is: 'endif', negated: false, value: '' };
  const match = /^(if\s+)?(!?)\s*(\S+)\s*(.*)$/is.exec(text);
  try {
    return {
      is: match?.[1] === undefined ? 'value' : 'if',
      negated: match?.[2] === '!',
      network: parseNetwork(match?.[3] ?? ''),
      value: match?.[4] ?? '',
    };
  } catch (error) {
    throw new TableError(`${origin}: ${(error as Error).message}`, { cause: error });
  }
}

function find(rules: readonly Rule[], key: string): LookupResult {
  const address = addressValue(key);
  if (!address) return { is: 'not-found' };
  let skipping = 0;
  for (const { is, negated, network, value } of rules) {
    if (is === 'endif') {
      if (skipping > 0) skipping -= 1;
      continue;
    }
    const hit = skipping === 0 && network !== undefined && inNetwork(network, address) !== negated;
    if (is === 'if') {
      if (skipping > 0 || !hit) skipping += 1;
    } else if (hit) {
      return { is: 'found', value };
    }
  }
  return { is: 'not-found' };
}
