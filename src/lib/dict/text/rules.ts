/**
 * dict/text/rules - tables whose lines are rules tried in order: cidr, regexp, pcre.
 *
 * `pattern result`, `!pattern result`, and `if pattern` … `endif` around rules that are only tried when it matches.
 * A bad rule is warned about and left out, as Postfix does. Standards: cidr_table(5), regexp_table(5).
 */
import { splitList } from '../../util/list.js';
import { type LogicalLine, logicalLines } from './lines.js';
import { type LineContext, readLines } from './read.js';
import { TableError } from '../type.js';

export type Rule<Match> =
  | { readonly is: 'rule'; readonly match: Match; readonly line: number }
  /** `end`: index of the rule after the endif. */
  | { readonly is: 'if'; readonly match: Match; readonly line: number; end: number };

export interface RuleSyntax<Match> {
  readonly type: string;
  /** A line `endif text` does not count, or the text does not: Postfix's tables differ. */
  readonly garbageAfterEndif: 'skip-line' | 'ignore';
  /** @param text without a leading `if` @throws {RuleProblem} */
  parse(text: string, isIf: boolean, warn: (text: string) => void): Match;
}

/** Why a rule is left out, as Postfix says it. */
export class RuleProblem extends Error {}

const ifLine = /^if(?=[ \t!/|]|$)[ \t]*/i;
const endifLine = /^endif(?![^ \t])[ \t]*/i;

/** @throws {TableError} unreadable file */
export function readRules<Match>(
  name: string,
  context: LineContext,
  syntax: RuleSyntax<Match>,
): Rule<Match>[] {
  const { log } = context;
  const rules: Rule<Match>[] = [];
  const open: { rule: Extract<Rule<Match>, { is: 'if' }> }[] = [];
  for (const { text: untrimmed, line } of linesOf(name, syntax.type, context)) {
    const text = untrimmed.trim();
    const warn = (problem: string): void =>
      log.warning(`${syntax.type} map ${name}, line ${line}: ${problem}`);
    if (endifLine.test(text)) {
      if (text.replace(endifLine, '') !== '') {
        if (syntax.garbageAfterEndif === 'skip-line') {
          warn('garbage after ENDIF: skipping this rule');
          continue;
        }
        warn('ignoring extra text after ENDIF');
      }
      const last = open.pop();
      if (last) last.rule.end = rules.length;
      else warn('ignoring ENDIF without matching IF');
      continue;
    }
    const isIf = ifLine.test(text);
    try {
      const match = syntax.parse(isIf ? text.replace(ifLine, '') : text, isIf, warn);
      if (isIf) {
        const rule = { is: 'if' as const, match, line, end: Infinity };
        open.push({ rule });
        rules.push(rule);
      } else {
        rules.push({ is: 'rule', match, line });
      }
    } catch (error) {
      if (!(error instanceof RuleProblem)) throw error;
      warn(error.message);
    }
  }
  for (const { rule } of open.reverse())
    log.warning(`${syntax.type} map ${name}, line ${rule.line}: IF has no matching ENDIF`);
  return rules;
}

/** The lines of a file, or of the name itself: `regexp:{ {/a/ b}, {/c/ d} }`. */
function linesOf(name: string, type: string, context: LineContext): readonly LogicalLine[] {
  if (!name.startsWith('{')) return readLines(name, context);
  const inner = /^\{(.*)\}$/s.exec(name)?.[1];
  if (inner === undefined) throw new TableError(`${type} map: missing '}' in "${name}"`);
  return splitList(inner).map((element, index) => {
    if (!element.startsWith('{') || !element.endsWith('}'))
      throw new TableError(`${type} map: no '{' at start of text in "${element}"`);
    const text = logicalLines(Buffer.from(element.slice(1, -1).trim())).lines[0]?.text ?? '';
    return { text, line: index + 1, encoding: 'utf8' };
  });
}

/** The first rule that hits. @param hits whether the pattern of a rule (or of an if) matches */
export function firstMatch<Match>(
  rules: readonly Rule<Match>[],
  hits: (match: Match, line: number) => boolean,
): Match | undefined {
  for (let index = 0; index < rules.length; index += 1) {
    const rule = rules[index];
    if (!rule) break;
    const isHit = hits(rule.match, rule.line);
    if (rule.is === 'rule') {
      if (isHit) return rule.match;
    } else if (!isHit) {
      index = rule.end - 1;
    }
  }
  return undefined;
}
