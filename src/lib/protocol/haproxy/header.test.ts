import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProxyHeader } from './header.js';

const parse = (text: string): ReturnType<typeof parseProxyHeader> =>
  parseProxyHeader(Buffer.from(text, 'latin1'));

const signature = '\r\n\r\n\0\r\nQUIT\n';
const v4 = '\xc0\x00\x02\x07\xc6\x33\x64\x01\x04\xd2\x00\x19';
const mapped = '\0'.repeat(10) + '\xff\xff\xc0\x00\x02\x07';

const good: readonly (readonly [name: string, text: string, client: string | undefined])[] = [
  ['TCP4', 'PROXY TCP4 192.0.2.7 198.51.100.1 1234 25\r\n', '192.0.2.7 1234'],
  ['TCP6', 'PROXY TCP6 2001:db8::7 2001:db8::1 1234 25\r\n', '2001:db8::7 1234'],
  ['TCP6 in full', 'PROXY TCP6 2001:DB8:0:0:0:0:0:7 ::1 1234 25\r\n', '2001:db8::7 1234'],
  ['words behind it', 'PROXY  tcp4 192.0.2.7 198.51.100.1 0 25 more\n', '192.0.2.7 0'],
  ['UNSPEC', `${signature}\x21\0\0\0`, undefined],
  ['UNKNOWN', 'PROXY UNKNOWN\r\n', undefined],
  ['version 2 over IPv4', `${signature}\x21\x11\0\x0c${v4}`, '192.0.2.7 1234'],
  [
    'version 2 with an IPv4 address as IPv6',
    `${signature}\x21\x21\0\x24${mapped}${mapped}\x04\xd2\x00\x19`,
    '192.0.2.7 1234',
  ],
  ['version 2, local', `${signature}\x20\x00\0\0`, undefined],
  ['version 2 with more behind it', `${signature}\x21\x11\0\x0f${v4}\x04\0\0`, '192.0.2.7 1234'],
];

for (const [name, text, client] of good) {
  test(`${name} is understood whole, and never before it is whole`, () => {
    for (let end = 1; end < text.length; end += 1)
      assert.equal(parse(text.slice(0, end)).is, 'incomplete', `first ${end} bytes`);
    const header = parse(`${text}EHLO x\r\n`);
    assert.ok(header.is === 'header');
    assert.equal(header.used, text.length);
    const from = header.endpoints?.client;
    assert.equal(from && `${from.address} ${from.port}`, client);
  });
}

const bad = [
  'EHLO x\r\n',
  'PROXY TCP4 300.0.2.7 198.51.100.1 1234 25\r\n',
  'PROXY TCP4 2001:db8::7 2001:db8::1 1234 25\r\n',
  'PROXY TCP4 192.0.2.7 198.51.100.1 65536 25\r\n',
  'PROXY TCP4 192.0.2.7 198.51.100.1 012 25\r\n',
  'PROXY TCP4 192.0.2.7 198.51.100.1\r\n',
  `PROXY TCP4 ${'1'.repeat(300)}`,
  `${signature}\x31\x11\0\x0c${v4}`,
  `${signature}\x21\x11\xff\xff`,
  `${signature}\x21\x12\0\x0c${v4}`,
];
for (const text of bad) {
  test(`${JSON.stringify(text.slice(0, 40))} is refused`, () => {
    assert.equal(parse(text).is, 'bad');
  });
}
