import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MimeBody, type MimeBodyRules, type MimeToken } from './mime-body.js';

const limits: MimeBodyRules = {
  nesting: 100,
  boundaryLength: 2048,
  headerSize: 102_400,
  lineLength: 2048,
};

function tokensOf(contentType: string, body: string, given = limits): MimeToken[] {
  const scanner = new MimeBody({ contentType, contentEncoding: '' }, given);
  return [...scanner.push(body), ...scanner.end()];
}

function shown(tokens: readonly MimeToken[]): string[] {
  return tokens.map((token) =>
    token.is === 'field' ? `${token.place}: ${token.field.text}` : `${token.offset} ${token.text}`,
  );
}

const joined = (tokens: readonly MimeToken[]): string =>
  tokens
    .map((token) =>
      token.is === 'field' ? `${token.field.text}\n` : token.text + (token.ended ? '\n' : ''),
    )
    .join('');

test('a plain body is lines, and what looks like a header or a boundary is none', () => {
  assert.deepEqual(shown(tokensOf('', 'Subject: x\n--b\n\nend\n')), [
    '0 Subject: x',
    '11 --b',
    '15 ',
    '16 end',
  ]);
});

const multipart = [
  'preamble',
  '--b',
  'Content-Type: text/plain;',
  ' charset=utf-8',
  '',
  'one',
  '--b',
  'Content-Type: message/rfc822',
  '',
  'Subject: inner',
  'Content-Type: multipart/mixed; boundary="c c"',
  '',
  '--c c',
  '',
  'deep',
  '--b--',
  'epilogue',
  '',
].join('\n');

test('fields of parts and of attached messages are told apart', () => {
  const tokens = tokensOf(' multipart/mixed; boundary=b', multipart);
  assert.deepEqual(shown(tokens), [
    '0 preamble',
    '9 --b',
    'part: Content-Type: text/plain;\n charset=utf-8',
    '0 ',
    '1 one',
    '5 --b',
    'part: Content-Type: message/rfc822',
    '0 ',
    'nested: Subject: inner',
    'nested: Content-Type: multipart/mixed; boundary="c c"',
    '0 ',
    '1 --c c',
    '0 ',
    '1 deep',
    '6 --b--',
    '0 epilogue',
  ]);
  assert.equal(joined(tokens), multipart);
});

test('a part of a digest is a message', () => {
  const body = '--b\n\nSubject: inner\n\ntext\n--b--\n';
  assert.deepEqual(
    shown(tokensOf('multipart/digest; boundary=b', body)).filter((line) => /^nested/.test(line)),
    ['nested: Subject: inner'],
  );
});

test('a header that ends without a blank line loses nothing', () => {
  const body = '--b\nContent-Type: text/plain\nno field\nmore\n--b--\n';
  assert.equal(joined(tokensOf('multipart/mixed; boundary=b', body)), body);
});

test('beyond the nesting limit parts are plain text', () => {
  const problems: string[] = [];
  const rules = { ...limits, nesting: 0 };
  const fields = { contentType: 'multipart/mixed; boundary=b', contentEncoding: '' };
  const scanner = new MimeBody(fields, rules, (problem, text) =>
    problems.push(`${problem}: ${text}`),
  );
  const inner = (name: string): string => `Content-Type: multipart/mixed; boundary=${name}\n\n`;
  const tokens = scanner.push(`--b\n${inner('c')}--c\n${inner('d')}--d\nX: no field\n`);
  assert.deepEqual(shown(tokens).slice(-2), ['1 --d', '5 X: no field']);
  assert.deepEqual(problems, ['nesting: Content-Type: multipart/mixed; boundary=d']);
});

test('what breaks the rules is reported with its line', () => {
  const problems: string[] = [];
  const fields = { contentType: 'multipart/mixed; boundary=b', contentEncoding: 'base64' };
  const rules = {
    ...limits,
    refusesHeader8Bit: true,
    refusesBody8Bit: true,
    refusesEncodings: true,
  };
  const scanner = new MimeBody(fields, rules, (problem, text) =>
    problems.push(`${problem}: ${text}`),
  );
  scanner.push('--b\nX: \xe4\nContent-Transfer-Encoding: 8bit\n\n\xe4\n--b\n\n\xff\n--b--\n');
  assert.deepEqual(problems, ['encoding: base64', 'header-8bit: X: \xe4', 'body-8bit: \xff']);
});

test('a long line comes in pieces, a long field is cut', () => {
  const tight = { ...limits, lineLength: 10, headerSize: 20 };
  const plain = tokensOf('', `${'x'.repeat(25)}\ny\n`, tight);
  assert.deepEqual(shown(plain), ['0 xxxxxxxxxx', '10 xxxxxxxxxx', '20 xxxxx', '26 y']);
  const [, field] = tokensOf('multipart/mixed; boundary=b', `--b\nX: ${'y'.repeat(99)}\n\n`, tight);
  assert.equal(field?.is === 'field' && field.field.text.length, 20);
});

test('whatever comes in whatever pieces comes out again', () => {
  const piece = fc.constantFrom(
    '\n',
    '--b\n',
    '--b--\n',
    '--c\n',
    'Content-Type: message/rfc822\n',
    'Content-Type: multipart/mixed; boundary=c\n',
    'Subject: a\n',
    ' folded\n',
    'text',
    'x'.repeat(3000),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      fc.integer({ min: 1, max: 50 }),
      (pieces, size) => {
        const body = `${pieces.join('')}\n`;
        const scanner = new MimeBody(
          { contentType: 'multipart/mixed; boundary=b', contentEncoding: '' },
          limits,
        );
        const tokens: MimeToken[] = [];
        for (let start = 0; start < body.length; start += size)
          tokens.push(...scanner.push(body.slice(start, start + size)));
        tokens.push(...scanner.end());
        assert.equal(joined(tokens), body);
      },
    ),
  );
});

test('header lines longer than a piece are the same fields, whether they come whole or in pieces', () => {
  const body =
    '--b\nContent-Type:message/rfc822\nX-Long: 1234567890123456789012345\n 67890\n\n' +
    'no-colon-in-this-line-which-is-long-enough\n';
  const given = { ...limits, lineLength: 20, headerSize: 40 };
  const whole = shown(tokensOf('multipart/mixed; boundary=b', body, given));
  for (const size of [1, 7, 21]) {
    const scanner = new MimeBody(
      { contentType: 'multipart/mixed; boundary=b', contentEncoding: '' },
      given,
    );
    const tokens: MimeToken[] = [];
    for (let at = 0; at < body.length; at += size)
      tokens.push(...scanner.push(body.slice(at, at + size)));
    tokens.push(...scanner.end());
    assert.deepEqual(shown(tokens), whole, String(size));
  }
  assert.ok(whole.every((line) => !line.startsWith('nested: no-colon')));
});
