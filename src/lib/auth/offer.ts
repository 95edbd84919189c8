/** auth/offer - which mechanisms may be offered: security options and the mechanism filter. */
import type { DictOpener } from '../dict/opener.js';
import { type MatchList, stringList } from '../map/match-list.js';
import { FatalError } from '../util/fatal-error.js';
import { splitList } from '../util/list.js';
import { sysexits } from '../util/sysexits.js';
import { type SecurityWord, securityWords } from './mechanism.js';

/** @throws {FatalError} a word that is none */
export function securityOptions(parameter: string, text: string): readonly SecurityWord[] {
  return splitList(text.toLowerCase()).map((word) => {
    const known = securityWords.find((candidate) => candidate === word);
    if (known === undefined)
      throw new FatalError(
        `${parameter}: unknown SASL security option: ${word}; known are ${securityWords.join(', ')}`,
        sysexits.config,
      );
    return known;
  });
}

export function isAllowed(
  security: ReadonlySet<SecurityWord>,
  wanted: readonly SecurityWord[],
): boolean {
  return wanted.every((word) => security.has(word));
}

/** smtpd_sasl_mechanism_filter; `static:rest` is a table that has everything. */
export function mechanismFilter(text: string, dicts: DictOpener, setting: string): MatchList {
  return stringList(text, dicts, setting);
}
