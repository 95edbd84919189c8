/** dict/type/regexp - `/pattern/flags result` with POSIX expressions. Standard: regexp_table(5). */
import { compilePosix } from '../../sys/posix-regex.js';
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
        compilePosix(pattern, {
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
