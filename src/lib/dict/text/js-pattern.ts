/**
 * dict/text/js-pattern - JavaScript's own expressions, where the C library's or libpcre2 are missing.
 *
 * Most patterns mean the same there. The engine knows no limit, so long subjects are cut: a pattern with nested
 * repetition may else take for ever.
 */
import type { CompiledPattern } from '../../sys/pattern.js';
import { own } from '../../util/own.js';

const maxSubject = 10_000;

const classes: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
};

/** @param flags of RegExp @throws {SyntaxError} */
export function compileJs(pattern: string, flags: string): CompiledPattern {
  const source = pattern
    .replace(/\[:(\w+):\]/g, (whole, name: string) => own(classes, name) ?? whole)
    .replace(/\\[<>]/g, '\\b');
  const expression = new RegExp(source, flags);
  const groups = (new RegExp(`${source}|`, flags).exec('')?.length ?? 1) - 1;
  return {
    groups,
    match(subject) {
      const found = expression.exec(
        subject.toString('utf8', 0, Math.min(subject.length - 1, maxSubject)),
      );
      return found ? Array.from(found, (text: string | undefined) => text ?? '') : undefined;
    },
    free: () => undefined,
  };
}
