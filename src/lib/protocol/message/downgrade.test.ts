import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MimeDowngrader } from './downgrade.js';
import { encodeQuotedPrintable } from './quoted-printable.js';

function downgraded(text: string, cuts: readonly number[] = []): string {
  const downgrader = new MimeDowngrader();
  let out = '';
  let start = 0;
  for (const end of [...cuts, text.length]) {
    out += downgrader.apply(text.slice(start, end));
    start = end;
  }
  return out + downgrader.end();
}

const rows: readonly [name: string, text: string, expected: string][] = [
  ['what says nothing stays', 'Subject: x\n\n\xe9\n', 'Subject: x\n\n\xe9\n'],
  [
    'an 8-bit text is encoded',
    'Content-Transfer-Encoding: 8bit\nSubject: x\n\n\xe9 = \n',
    'Subject: x\nContent-Transfer-Encoding: quoted-printable\n\n=E9 =3D=20\n',
  ],
  [
    'what is encoded already stays',
    'Content-Transfer-Encoding:\n base64\n\nAAAA\n',
    'Content-Transfer-Encoding:\n base64\n\nAAAA\n',
  ],
  [
    'parts are encoded one by one, and what holds them is 7bit',
    'Content-Type: multipart/mixed;\n boundary="a b"\nContent-Transfer-Encoding: 8BIT\n\n\n--a b\nContent-Transfer-Encoding: binary\n\n\xe9\n--a b\n\nplain =\n--a b--\n=\n',
    'Content-Type: multipart/mixed;\n boundary="a b"\nContent-Transfer-Encoding: 7bit\n\n\n--a b\nContent-Transfer-Encoding: quoted-printable\n\n=E9\n--a b\n\nplain =\n--a b--\n=\n',
  ],
  [
    'a message within a message has a header of its own',
    'Content-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\nContent-Transfer-Encoding: 8bit\n\n\xe9\n',
    'Content-Type: message/rfc822\nContent-Transfer-Encoding: 7bit\n\nContent-Transfer-Encoding: quoted-printable\n\n=E9\n',
  ],
  [
    'the parts of a digest are messages',
    'Content-Type: multipart/digest; boundary=x\n\n--x\n\nContent-Transfer-Encoding: 8bit\n\n\xe9\n--x--\n',
    'Content-Type: multipart/digest; boundary=x\n\n--x\n\nContent-Transfer-Encoding: quoted-printable\n\n=E9\n--x--\n',
  ],
  [
    'an outer boundary ends an inner multipart that was left open',
    'Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\nContent-Transfer-Encoding: 8bit\n\n\xe9\n--o\n\n--i\n\xe9\n',
    'Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\nContent-Transfer-Encoding: quoted-printable\n\n=E9\n--o\n\n--i\n\xe9\n',
  ],
  [
    'content without a last line end is encoded too',
    'Content-Transfer-Encoding: 8bit\n\n\xe9',
    'Content-Transfer-Encoding: quoted-printable\n\n=E9',
  ],
  [
    'a header section may end without a blank line',
    'Content-Transfer-Encoding: 8bit\n\xe9 text\n',
    'Content-Transfer-Encoding: quoted-printable\n=E9 text\n',
  ],
];

for (const [name, text, expected] of rows) {
  test(`${name}, split at every byte`, () => {
    for (let at = 0; at <= text.length; at += 1)
      assert.equal(downgraded(text, [at]), expected, `split at ${at}`);
  });
}

function decodeQuotedPrintable(text: string): string {
  return text
    .replaceAll('=\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

test('what is encoded decodes to what it was, in lines of 76 at most, without blanks at their ends', () => {
  const char = fc.constantFrom('a', '=', ' ', '\t', '\xe9', '\r', '\0', '.', 'word ');
  fc.assert(
    fc.property(fc.array(char, { maxLength: 300 }), (chars) => {
      const line = chars.join('');
      const { text } = encodeQuotedPrintable(line);
      assert.equal(decodeQuotedPrintable(text), line);
      for (const part of text.split('\n')) {
        assert.ok(part.length <= 76);
        assert.doesNotMatch(part, /[ \t]$|[^\t\x20-\x7e]/);
      }
    }),
  );
});

test('lines of any length and pieces of any size decode to the same', () => {
  const head = 'Content-Transfer-Encoding: 8bit\n\n';
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 4 }),
      fc.array(fc.nat(12_000), { maxLength: 6 }),
      (lengths, cuts) => {
        const body = lengths.map((length) => `${'\xe9 '.repeat(length / 2)}\n`).join('');
        const text = head + body;
        const sorted = cuts.filter((cut) => cut < text.length).sort((a, b) => a - b);
        const out = downgraded(text, sorted);
        assert.equal(decodeQuotedPrintable(out.slice(out.indexOf('\n\n') + 2)), body);
        assert.ok(out.split('\n').every((line) => line.length <= 76));
      },
    ),
    { numRuns: 40 },
  );
});

test('a field of more than one piece is the same field, however it came', () => {
  const message = `Content-Transfer-Encoding: ${'x'.repeat(2500)}\nContent-Type: ${' '.repeat(2500)}text/plain\n\nbody\n`;
  const convert = (size: number): string => {
    const downgrader = new MimeDowngrader();
    let text = '';
    for (let at = 0; at < message.length; at += size)
      text += downgrader.apply(message.slice(at, at + size));
    return text + downgrader.end();
  };
  assert.equal(convert(message.length), message);
  assert.equal(convert(700), message);
});
