/** dict/type/regexp - `/pattern/flags result` with POSIX expressions. Standard: regexp_table(5). */
import { type CompiledPattern, Unavailable } from '../../sys/pattern.js';
import { compilePcre } from '../../sys/pcre2.js';
import { compilePosix, type PosixOptions } from '../../sys/posix-regex.js';
import { refersBack, toPcre } from '../../sys/posix-syntax.js';
import { compileJs } from '../text/js-pattern.js';
import { openPatternTable } from '../text/pattern-table.js';
import type { DictType } from '../type.js';

/** A flag given an odd number of times turns its default. */
const isSet = (flags: string, flag: string, byDefault: boolean): boolean =>
  (flags.split(flag).length % 2 === 0) !== byDefault;

export const regexp: DictType = {
  name: 'regexp',
  file: (name) => (name.startsWith('{') ? undefined : name),
  open: (name, context) =>
    openPatternTable(name, context, {
      type: 'regexp',
      noDelimiterText: 'skipping this rule',
      outOfRangeText: 'out-of-range',
      flags: 'imx',
      engine: 'the C library glibc',
      compile: (pattern, flags) =>
        compileBounded(pattern, {
          ignoreCase: isSet(flags, 'i', true),
          isExtended: isSet(flags, 'x', true),
          multiline: isSet(flags, 'm', false),
        }),
      compileOtherwise: (pattern, flags) =>
        compileJs(
          pattern,
          `u${isSet(flags, 'i', true) ? 'i' : ''}${isSet(flags, 'm', false) ? 'm' : 's'}`,
        ),
    }),
};

/** The C library has no bound for back references: libpcre2, which has one, matches these where it is there. */
function compileBounded(pattern: string, options: PosixOptions): CompiledPattern {
  const posix = compilePosix(pattern, options);
  const { ignoreCase, isExtended, multiline } = options;
  if (!refersBack(pattern, isExtended)) return posix;
  const other = toPcre(pattern, isExtended);
  try {
    if (other === undefined) throw new Error('this and a back reference cannot stand together');
    const pcre = compilePcre(other, {
      ignoreCase,
      multiline,
      dotAll: !multiline,
      dollarEndOnly: !multiline,
      anchored: false,
      extended: false,
      ungreedy: false,
    });
    posix.free();
    return pcre;
  } catch (error) {
    if (error instanceof Unavailable) return posix;
    posix.free();
    throw error;
  }
}
