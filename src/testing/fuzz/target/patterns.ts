/** target/patterns - regexp: and pcre: tables, and keys that are looked up in them; the engines are C code. */
import { TableError } from '../../../lib/dict/type.js';
import { dictType } from '../../../lib/dict/types.js';
import { memoryLog } from '../../memory-log.js';
import { Choices } from '../choices.js';
import { type FuzzTarget, must } from '../target.js';

const words = [
  '/',
  '(',
  ')',
  '[',
  ']',
  '*',
  '+',
  '?',
  '{2,5}',
  '{1000}',
  '|',
  '^',
  '$',
  '.',
  '\\1',
  '\\d',
  '[[:alpha:]]',
  '(a*)*',
  '(a|aa)+',
  '$1',
  '${1}',
  '$$',
  'a',
  'aaaaaaaaaaaaaaaaaaaa',
  '(?=',
  '(?<n>',
  '(?R)',
  '(?>',
  '\\',
  '{',
  '}',
  '!',
  'if /x/',
  'endif',
  '/i ',
  '/xms ',
  '\n',
  '\xc3\xa4',
];

function patternTarget(type: 'regexp' | 'pcre', more: readonly string[]): FuzzTarget {
  return {
    name: type,
    isNative: true,
    maxLength: 20_000,
    seeds: [
      '/^(user)-(.*)@x$/ $2@$1\n!/a/ REJECT\nif /b/\n/c/ d\nendif\n\x01user-list@x',
      '/[[:alpha:]]+\\.(com|org)$/i OK $$\n\x01example.org',
      ...more,
    ],
    words,
    start() {
      const log = memoryLog();
      const row = dictType(type);
      return async (input) => {
        const text = new Choices(input).rest().toString();
        const [rules = '', key = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaab'] = text.split('\x01');
        log.lines.length = 0;
        // In the form that needs no file; braces within rules would end them early.
        const name = `{${rules
          .split('\n')
          .map((line) => ` {${line}}`)
          .join(',')} }`;
        try {
          const table = row?.open(name, {
            log,
            fold: true,
            open: () => {
              throw new TableError('no tables within');
            },
          });
          for (const subject of [key, '', '__proto__']) {
            const result = await table?.lookup(subject);
            if (result?.is === 'found')
              must(result.value.length <= 200 * (text.length + 10), 'a result out of bounds');
          }
          table?.close();
        } catch (error) {
          if (!(error instanceof TableError)) throw error;
        }
      };
    },
  };
}

export const regexp = patternTarget('regexp', [
  '/(a*)*\\1b/ x\n\x01aaaaaaaaaaaaaaaaaaaaaaaaaaaaac',
]);
export const pcre = patternTarget('pcre', ['/^(a+)+$/ x\n\x01aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac']);
