import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { HeaderScanner } from './header.js';

function scan(content: string, cuts: readonly number[] = [], limit = 1000): string[] {
  const seen: string[] = [];
  let body = '';
  const scanner = new HeaderScanner(
    {
      field: ({ name, text }) => void seen.push(`${name}|${text}`),
      end: (blank) => void seen.push(blank ? '(blank)' : '(end)'),
      body: (chunk) => {
        body += Buffer.from(chunk).toString('latin1');
      },
    },
    limit,
  );
  const bytes = Buffer.from(content, 'latin1');
  let start = 0;
  for (const cut of [...cuts, bytes.length]) {
    void scanner.write(bytes.subarray(start, cut));
    start = cut;
  }
  void scanner.end();
  return [...seen, body];
}

test('fields, folded ones too, then the body', () => {
  const content = 'A: 1\nB : 2\n folded\nC:3\n\nbody\n\nend\n';
  assert.deepEqual(scan(content), [
    'a|A: 1',
    'b|B: 2\n folded',
    'c|C:3',
    '(blank)',
    'body\n\nend\n',
  ]);
});

test('every place to cut gives the same', () => {
  for (const content of [
    'A: 1\n b\nC: 2\n\nbody\n',
    'A: 1\nno header\nb\n',
    'A: 1',
    '\nb',
    ' b\n',
  ]) {
    const whole = scan(content);
    for (let cut = 0; cut <= content.length; cut += 1)
      assert.deepEqual(scan(content, [cut]), whole, `${JSON.stringify(content)} at ${cut}`);
  }
});

test('a line that is no field begins the body', () => {
  assert.deepEqual(scan('A: 1\nno header\nB: 2\n'), ['a|A: 1', '(end)', 'no header\nB: 2\n']);
  assert.deepEqual(scan(' folded\nA: 1\n'), ['(end)', ' folded\nA: 1\n']);
  assert.deepEqual(scan('A: 1\n'), ['a|A: 1', '(end)', '']);
});

test('no content is lost or repeated while fields are within the limit', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ab:\n ]{0,40}$/), fc.nat(40), (content, cut) => {
      const seen = scan(content, [Math.min(cut, content.length)]);
      const fields = seen.slice(0, -2).map((field) => field.slice(field.indexOf('|') + 1));
      const blank = seen.at(-2) === '(blank)' ? '\n' : '';
      const text = [...fields.map((field) => `${field}\n`), blank, seen.at(-1) ?? ''].join('');
      const complete = content === '' || content.endsWith('\n') || seen.at(-1) !== '';
      const plain = (value: string): string => value.replace(/ +:/g, ':').replace(/\n$/, '');
      if (complete || seen.at(-1) === '') assert.equal(plain(text), plain(content));
    }),
  );
});

test('a line whose colon stands beyond the limit is no field, and nothing of it is lost, however it came', () => {
  const content = `X: y\n${'n'.repeat(30)}: z\nbody\n`;
  const read = (splits: readonly number[]): string => {
    let seen = '';
    const scanner = new HeaderScanner(
      {
        field: ({ text }) => void (seen += `field ${text}|`),
        end: () => void (seen += 'end|'),
        body: (chunk) => void (seen += Buffer.from(chunk).toString('latin1')),
      },
      20,
    );
    let start = 0;
    for (const end of [...splits, content.length]) {
      void scanner.write(Buffer.from(content.slice(start, end)));
      start = end;
    }
    void scanner.end();
    return seen;
  };
  const whole = `field X: y|end|${'n'.repeat(30)}: z\nbody\n`;
  assert.equal(read([]), whole);
  for (let split = 1; split < content.length; split += 1) assert.equal(read([split]), whole);
});
