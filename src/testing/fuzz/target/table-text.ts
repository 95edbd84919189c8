/** target/table-text - tables that are text: sources of postmap and postalias, cidr, inline, pipemap and their kin. */
import { parseAliasLine } from '../../../lib/dict/text/alias-source.js';
import { logicalLines } from '../../../lib/dict/text/lines.js';
import { parseSourceLine } from '../../../lib/dict/text/source.js';
import { TableError } from '../../../lib/dict/type.js';
import { dictType } from '../../../lib/dict/types.js';
import type { Dict } from '../../../lib/dict/dict.js';
import { memoryLog } from '../../memory-log.js';
import { Choices } from '../choices.js';
import { type FuzzTarget, must, mustBeUnpolluted } from '../target.js';

const types = [
  'cidr',
  'inline',
  'pipemap',
  'unionmap',
  'randmap',
  'static',
  'fail',
  'inline',
] as const;
const keys = [
  '192.0.2.1',
  '2001:db8::1',
  'user@example.test',
  '__proto__',
  'constructor',
  '',
  'a b',
];

export const tableText: FuzzTarget = {
  name: 'table-text',
  seeds: [
    '\x00{ {192.0.2.0/24 yes}, {!2001:db8::/32 no}, {if 0.0.0.0/0}, {1.2.3.4 x}, {endif} }',
    '\x01{ a=b, { c = d e }, __proto__=x }',
    '\x02{ inline:{ a=b }, static:x }',
    '\x03{inline:{a=b},fail:no,inline:{a=c}}',
    '\x04{ a, b, c }',
    '\x05x\nkey value\n more\n"quo\\"ted key" value\nlist: |"cmd a, b", :include:/x, "a b"@c (comment)\n# c\n',
  ],
  words: [
    '{',
    '}',
    ',',
    ' ',
    '\n',
    '\n ',
    '=',
    ':',
    '"',
    '\\',
    '#',
    '/',
    '/24',
    '!',
    'if ',
    'endif',
    '::',
    '192.0.2.1',
    'inline:{',
    'pipemap:{',
    'static:',
    '__proto__',
    '(',
    ')',
    '<',
    '>',
    '[',
    '|',
    '\xff',
  ],
  start() {
    const log = memoryLog();
    return async (input) => {
      const choices = new Choices(input);
      const type = choices.pick(types);
      const bytes = choices.rest();
      log.lines.length = 0;
      sourceLines(bytes);
      const table = open(type, bytes.toString(), log, 0);
      if (table) {
        for (const key of keys) {
          const result = await table.lookup(key);
          if (result.is === 'found')
            must(result.value.length <= 2 * bytes.length + 100, 'a value longer than the table');
        }
        table.close();
      }
      mustBeUnpolluted();
    };
  },
};

function open(
  type: string,
  name: string,
  log: ReturnType<typeof memoryLog>,
  depth: number,
): Dict | undefined {
  const row = dictType(type);
  if (!row || depth > 10) return undefined;
  // Files of this machine are not what is looked into.
  if (type === 'cidr' && !name.startsWith('{')) return undefined;
  const inner = (spec: string): Dict => {
    const colon = spec.indexOf(':');
    const kind = spec.slice(0, Math.max(0, colon));
    const known = types.find((other) => other === kind);
    const found = known && open(known, spec.slice(colon + 1), log, depth + 1);
    return (
      found ?? {
        name: spec,
        isPattern: false,
        lookup: () => ({ is: 'error', reason: 'not to be had' }),
        close: () => undefined,
      }
    );
  };
  try {
    return row.open(name, { log, fold: true, open: inner });
  } catch (error) {
    if (error instanceof TableError) return undefined;
    throw error;
  }
}

function sourceLines(bytes: Buffer): void {
  const { lines } = logicalLines(bytes);
  for (const line of lines) {
    must(line.text.length <= bytes.length, 'a line longer than the file');
    const { entry } = parseSourceLine(line);
    if (entry) must(entry.key !== '' && entry.value !== '', 'an entry without key or value');
    const alias = parseAliasLine(line)?.entry;
    if (alias) must(alias.value.length <= 4 * line.text.length + 10, 'an alias out of bounds');
  }
}
