/** dict/type/pcre - `/pattern/flags result` with Perl's expressions. Standard: pcre_table(5). */
import { compilePcre } from '../../sys/pcre2.js';
import { compileJs } from '../text/js-pattern.js';
import { openPatternTable } from '../text/pattern-table.js';
import type { DictType } from '../type.js';

const isSet = (flags: string, flag: string, byDefault = false): boolean =>
  (flags.split(flag).length % 2 === 0) !== byDefault;

export const pcre: DictType = {
  name: 'pcre',
  file: (name) => (name.startsWith('{') ? undefined : name),
  open: (name, context) =>
    openPatternTable(name, context, {
      type: 'pcre',
      noDelimiterText: 'ignoring this rule',
      outOfRangeText: 'out of range',
      flags: 'imsxAEUX',
      engine: 'libpcre2 (package libpcre2-8-0)',
      compile: (pattern, flags) =>
        compilePcre(pattern, {
          ignoreCase: isSet(flags, 'i', true),
          multiline: isSet(flags, 'm'),
          dotAll: isSet(flags, 's', true),
          extended: isSet(flags, 'x'),
          anchored: isSet(flags, 'A'),
          dollarEndOnly: isSet(flags, 'E'),
          ungreedy: isSet(flags, 'U'),
        }),
      compileOtherwise: (pattern, flags) =>
        compileJs(
          isSet(flags, 'A') ? `^(?:${pattern})` : pattern,
          `u${isSet(flags, 'i', true) ? 'i' : ''}${isSet(flags, 'm') ? 'm' : ''}${isSet(flags, 's', true) ? 's' : ''}`,
        ),
    }),
};
