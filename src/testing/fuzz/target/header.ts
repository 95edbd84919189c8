/** target/header - the header section of a message as it streams by. */
import { HeaderScanner, type HeaderField } from '../../../lib/protocol/message/header.js';
import { Choices, pieces } from '../choices.js';
import { type FuzzTarget, must, mustEqual } from '../target.js';

interface Scanned {
  readonly fields: readonly HeaderField[];
  readonly body: string;
  readonly blank: boolean;
  readonly ends: number;
}

export const header: FuzzTarget = {
  name: 'header',
  seeds: [
    '\x00\x01\x03From: a@b\nTo: c@d,\n\te@f\nSubject : x\n\nbody\nmore\n',
    '\x00\x02\x05From somebody\n>From: x\n__proto__: y\nconstructor: z\n',
    '\x01\x01\x07X: 1234567890123456789012345678901234567890\n 2\n 3\nbody',
  ],
  words: [
    '\n',
    '\n ',
    '\n\t',
    ':',
    ' :',
    '\n\n',
    '\r\n',
    '\0',
    'X:',
    'From ',
    '__proto__:',
    'constructor:',
  ],
  start() {
    return (input) => {
      const choices = new Choices(input);
      const limit = choices.pick([102_400, 64, 1000]);
      const seed = choices.byte();
      const isFirst = choices.flag() && limit > 10_000;
      const content = choices.rest();
      const whole = scan([content], limit, isFirst);
      const cut = scan(pieces(content, seed), limit, isFirst);
      mustEqual(shown(cut), shown(whole), 'the same header in other pieces');
      must(whole.ends === 1, () => `the header ended ${whole.ends} times`);
      for (const { text, name, label, value } of whole.fields) {
        must(
          text.split('\n').every((line, at) => at === 0 || /^[ \t]/.test(line)),
          'two fields in one',
        );
        must(
          label.toLowerCase() === name && text === `${label}:${value}`,
          'a field is not its parts',
        );
        must(text.length <= limit, 'a field is longer than the limit');
      }
    };
  },
};

function scan(chunks: readonly Buffer[], limit: number, changesFirst: boolean): Scanned {
  const fields: HeaderField[] = [];
  let body = '';
  let blank = false;
  let ends = 0;
  const scanner = new HeaderScanner(
    {
      field: (field) => void fields.push(field),
      end(isBlank) {
        ends += 1;
        blank = isBlank;
      },
      body: (chunk) => void (body += Buffer.from(chunk).toString('latin1')),
      ...(changesFirst ? { firstLine: (line) => line.replace(/^>?From /, 'X-From: ') } : {}),
    },
    limit,
  );
  for (const chunk of chunks) void scanner.write(chunk);
  void scanner.end();
  return { fields, body, blank, ends };
}

function shown({ fields, body, blank }: Scanned): string {
  return `${fields.map(({ text }) => text).join('\n')}\n${blank ? '(blank)' : '(none)'}\n${body}`;
}
