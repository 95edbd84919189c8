import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asciiDomain } from './idna.js';

test('a domain beyond ASCII is asked for by its A-labels; IDNA2003 writes four characters otherwise', () => {
  const rows: readonly (readonly [name: string, today: string, then: string])[] = [
    ['example.test', 'example.test', 'example.test'],
    ['飛脚.example', 'xn--w40al00c.example', 'xn--w40al00c.example'],
    ['straße.example', 'xn--strae-oqa.example', 'strasse.example'],
    ['βόλος.example', 'xn--nxasmm1c.example', 'xn--nxasmq6b.example'],
  ];
  for (const [name, today, then] of rows) {
    assert.equal(asciiDomain(name), today);
    assert.equal(asciiDomain(name, true), then);
  }
});
