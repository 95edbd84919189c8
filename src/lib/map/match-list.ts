/**
 * map/match-list - lists of domains, addresses or names as main.cf has them.
 *
 * `!pattern` turns a match around, `/file` reads patterns from a file, `type:table` matches when the table has the
 * key. First match decides. A table in trouble throws: the caller answers 4xx. Postfix: match_list(3).
 */
import { readFileSync } from 'node:fs';
import type { Dict } from '../dict/dict.js';
import type { DictOpener } from '../dict/opener.js';
import { splitList } from '../util/list.js';
import { addressValue, inNetwork, type Network, parseNetwork } from '../util/net-address.js';

/** A table that a decision needs is in trouble. */
export class LookupError extends Error {}

interface Rule {
  readonly negated: boolean;
  /** As it stands in main.cf, or in the file that is named there. */
  readonly text: string;
  /** Keys to try in a table, or a test of a plain pattern. */
  readonly test: ((subject: string) => boolean) | Dict;
}

export interface MatchList {
  /** @throws {LookupError} */
  match(subject: string): Promise<boolean>;
}

type PatternTest = (pattern: string) => (subject: string) => boolean;
type TableKeys = (subject: string) => readonly string[];

/**
 * All lists: `setting` is the parameter that has the list.
 *
 * Domains: `example.org`, and with `matchSubdomains` what lies below it; `.example.org` always means below.
 */
export function domainList(
  text: string,
  dicts: DictOpener,
  setting: string,
  options: { matchSubdomains: boolean },
): MatchList {
  return createList(
    text,
    { dicts, setting },
    (pattern) => {
      const wanted = pattern.toLowerCase();
      if (wanted.startsWith('.')) return (subject) => subject.endsWith(wanted);
      if (!options.matchSubdomains) return (subject) => subject === wanted;
      return (subject) => subject === wanted || subject.endsWith(`.${wanted}`);
    },
    (subject) => domainKeys(subject, options.matchSubdomains),
  );
}

/** Networks: `192.0.2.0/24`, `[2001:db8::]/32`; tables are asked for the address. */
export function addressList(text: string, dicts: DictOpener, setting: string): MatchList {
  return createList(
    text,
    { dicts, setting },
    (pattern) => {
      const network: Network = parseNetwork(pattern);
      return (subject) => {
        const address = addressValue(subject);
        return address !== undefined && inNetwork(network, address);
      };
    },
    (subject) => [subject],
  );
}

/** Clients as `name[address]`: host names as in domainList, networks as in addressList. */
export function clientList(
  text: string,
  dicts: DictOpener,
  setting: string,
  options: { matchSubdomains: boolean },
): MatchList {
  const parts = (subject: string): readonly [name: string, address: string] => {
    const bracket = subject.lastIndexOf('[');
    return [subject.slice(0, bracket), subject.slice(bracket + 1, -1)];
  };
  return createList(
    text,
    { dicts, setting },
    (pattern) => {
      const wanted = pattern.toLowerCase();
      if (!looksLikeNetwork.test(wanted)) {
        const below = wanted.startsWith('.') ? wanted : `.${wanted}`;
        return (subject) => {
          const [name] = parts(subject);
          return (
            name === wanted ||
            ((below === wanted || options.matchSubdomains) && name.endsWith(below))
          );
        };
      }
      const network = parseNetwork(pattern);
      return (subject) => {
        const address = addressValue(parts(subject)[1]);
        return address !== undefined && inNetwork(network, address);
      };
    },
    (subject) => {
      const [name, address] = parts(subject);
      return [...domainKeys(name, options.matchSubdomains), address];
    },
  );
}

const looksLikeNetwork = /^(?:\[.*\](?:\/\d+)?|[\d.]+(?:\/\d+)?|[\da-f]*:[\da-f:.]*(?:\/\d+)?)$/;

/** Words, without regard to case. */
export function stringList(text: string, dicts: DictOpener, setting: string): MatchList {
  return createList(
    text,
    { dicts, setting },
    (pattern) => {
      const wanted = pattern.toLowerCase();
      return (subject) => subject === wanted;
    },
    (subject) => [subject],
  );
}

/** The name, then its parents: with a leading dot unless the parent's own entry covers them. */
export function domainKeys(domain: string, matchSubdomains: boolean): string[] {
  const keys = [domain];
  for (let dot = domain.indexOf('.', 1); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
    keys.push(domain.slice(matchSubdomains ? dot + 1 : dot));
  }
  return keys;
}

const maxFileDepth = 10;
const maxAnswers = 1000; // kept by a list without tables

interface Asking {
  readonly dicts: DictOpener;
  readonly setting: string;
}

function createList(
  text: string,
  asking: Asking,
  pattern: PatternTest,
  keys: TableKeys,
): MatchList {
  const rules = parseRules(text, asking.dicts, pattern, 0);
  const decisive = async (subject: string): Promise<Rule | undefined> => {
    for (const rule of rules) {
      const { test } = rule;
      if (typeof test === 'function' ? test(subject) : await tableHas(test, keys(subject), asking))
        return rule;
    }
    return undefined;
  };
  const { dicts, setting } = asking;
  const told = async (subject: string): Promise<boolean> => {
    const rule = await decisive(subject);
    dicts.onLookup?.({
      setting,
      table: rule?.text ?? '',
      key: subject,
      result: rule ? { is: 'found', value: rule.negated ? 'no' : 'yes' } : { is: 'not-found' },
    });
    return rule?.negated === false;
  };
  // Without tables the answer is always the same: the networks of a client are asked several times a message.
  if (dicts.onLookup || rules.some(({ test }) => typeof test !== 'function'))
    return { match: (given) => told(given.toLowerCase()) };
  const answers = new Map<string, Promise<boolean>>();
  return {
    match(given) {
      const subject = given.toLowerCase();
      let answer = answers.get(subject);
      if (!answer) {
        if (answers.size >= maxAnswers) answers.clear();
        answers.set(subject, (answer = told(subject)));
      }
      return answer;
    },
  };
}

function parseRules(text: string, dicts: DictOpener, pattern: PatternTest, depth: number): Rule[] {
  if (depth > maxFileDepth) throw new Error(`${text}: files name each other in a circle`);
  return splitList(text).flatMap((element): Rule[] => {
    const bangs = /^!*/.exec(element)?.[0].length ?? 0;
    const negated = bangs % 2 === 1;
    const plain = element.slice(bangs);
    if (plain.startsWith('/')) {
      const lines = readFileSync(plain, 'utf8').replace(/^\s*#.*$/gm, '');
      return parseRules(lines, dicts, pattern, depth + 1).map((rule) => ({
        ...rule,
        negated: rule.negated !== negated,
      }));
    }
    if (/^[a-z]+:/.test(plain) && !/^[0-9a-f:]+(\/\d+)?$/i.test(plain))
      return [{ negated, text: element, test: dicts.open(plain) }];
    return [{ negated, text: element, test: pattern(plain) }];
  });
}

async function tableHas(
  dict: Dict,
  keys: readonly string[],
  { dicts, setting }: Asking,
): Promise<boolean> {
  for (const key of dict.isPattern ? keys.slice(0, 1) : keys) {
    const result = await dict.lookup(key);
    dicts.onLookup?.({ setting, table: dict.name, key, result });
    if (result.is === 'found') return true;
    if (result.is === 'error') throw new LookupError(`table ${dict.name}: ${result.reason}`);
  }
  return false;
}
