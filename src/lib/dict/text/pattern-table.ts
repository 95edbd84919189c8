/**
 * dict/text/pattern-table - what regexp: and pcre: have in common: `/pattern/flags result`.
 *
 * Any character that is not a letter, digit or blank may stand for the slash.
 */
import { type CompiledPattern, Unavailable } from '../../sys/pattern.js';
import type { Dict, LookupResult } from '../dict.js';
import type { LineContext } from './read.js';
import { type Replacement, parseReplacement, replace } from './replacement.js';
import { firstMatch, readRules, RuleProblem } from './rules.js';

export interface PatternSyntax {
  readonly type: 'regexp' | 'pcre';
  readonly noDelimiterText: string;
  /** Said of `$0`. */
  readonly outOfRangeText: string;
  /** Letters that may follow the pattern. */
  readonly flags: string;
  /** @throws {Unavailable} @throws {Error} */
  compile(pattern: string, flags: string): CompiledPattern;
  /** Where the engine is missing. @throws {Error} */
  compileOtherwise(pattern: string, flags: string): CompiledPattern;
  /** Names the engine and the package that has it. */
  readonly engine: string;
}

interface Match {
  readonly pattern: CompiledPattern;
  readonly isNegated: boolean;
  readonly replacement: Replacement;
  readonly needsGroups: boolean;
}

const notFound: LookupResult = { is: 'not-found' };

/** @throws {TableError} */
export function openPatternTable(name: string, context: LineContext, syntax: PatternSyntax): Dict {
  const { log } = context;
  const compiled: CompiledPattern[] = [];
  let isOtherwise = false;
  const compile = (pattern: string, flags: string): CompiledPattern => {
    try {
      return syntax.compile(pattern, flags);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      if (!isOtherwise)
        log.warning(
          `${syntax.type} map ${name}: ${syntax.engine} is not installed: using JavaScript's expressions, ` +
            `which differ in places and know no limit`,
        );
      isOtherwise = true;
      return syntax.compileOtherwise(pattern, flags);
    }
  };
  const rules = readRules<Match>(name, context, {
    type: syntax.type,
    garbageAfterEndif: 'ignore',
    parse(text, isIf, warn) {
      const match = parseRule(text, isIf, syntax, compile, warn);
      compiled.push(match.pattern);
      if (context.literalResults === true && match.needsGroups)
        throw new RuleProblem('regular expression substitution is not allowed: skipping this rule');
      return match;
    },
  });

  return {
    name: `${syntax.type}:${name}`,
    isPattern: true,
    lookup(key) {
      const subject = Buffer.from(`${key}\0`);
      let groups: readonly string[] = [];
      try {
        const found = firstMatch(rules, ({ pattern, isNegated, needsGroups }) => {
          const result = pattern.match(subject, needsGroups);
          if (result) groups = result;
          return (result !== undefined) !== isNegated;
        });
        return found ? { is: 'found', value: replace(found.replacement, groups) } : notFound;
      } catch (error) {
        const reason = `${syntax.type} map ${name}: ${(error as Error).message}`;
        log.warning(reason);
        return { is: 'error', reason };
      }
    },
    close() {
      for (const pattern of compiled) pattern.free();
    },
  };
}

function parseRule(
  text: string,
  isIf: boolean,
  syntax: PatternSyntax,
  compile: (pattern: string, flags: string) => CompiledPattern,
  warn: (text: string) => void,
): Match {
  const isNegated = text.startsWith('!');
  const body = isNegated ? text.slice(1).trimStart() : text;
  const delimiter = body[0] ?? '';
  if (delimiter === '' && isIf) throw new RuleProblem('no regexp: skipping this rule');
  if (delimiter === '' || /[A-Za-z0-9\s]/.test(delimiter))
    throw new RuleProblem('ignoring unrecognized request');
  const end = patternEnd(body, delimiter);
  if (end === undefined)
    throw new RuleProblem(`no closing regexp delimiter "${delimiter}": ${syntax.noDelimiterText}`);
  const rest = body.slice(end + 1);
  const flags = /^\S*/.exec(rest)?.[0] ?? '';
  const unknown = Array.from(flags).find((flag) => !syntax.flags.includes(flag));
  if (unknown !== undefined)
    throw new RuleProblem(`unknown regexp option "${unknown}": skipping this rule`);
  const result = rest.slice(flags.length).trim();
  let pattern: CompiledPattern;
  try {
    pattern = compile(body.slice(1, end), flags);
  } catch (error) {
    throw new RuleProblem((error as Error).message, { cause: error });
  }
  if (isIf) {
    if (result !== '') warn('ignoring extra text after IF statement');
    return { pattern, isNegated, replacement: [], needsGroups: false };
  }
  if (result === '') warn('no replacement text: using empty string');
  try {
    const replacement = parseReplacement(
      result,
      pattern.groups,
      isNegated,
      warn,
      syntax.outOfRangeText,
    );
    const needsGroups = replacement.some((part) => typeof part === 'number');
    return { pattern, isNegated, replacement, needsGroups };
  } catch (error) {
    pattern.free();
    throw error;
  }
}

/** Index of the delimiter that ends the pattern; a backslash keeps the next character from being one. */
function patternEnd(text: string, delimiter: string): number | undefined {
  for (let index = 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === delimiter) return index;
  }
  return undefined;
}
