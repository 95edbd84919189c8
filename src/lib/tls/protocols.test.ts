import assert from 'node:assert/strict';
import { test } from 'node:test';
import { versionRange } from './protocols.js';
import { TlsError } from './tls-error.js';

const rows: readonly [text: string, range: string][] = [
  ['', 'TLSv1.2 TLSv1.3'],
  ['>=TLSv1.2', 'TLSv1.2 TLSv1.3'],
  ['>=TLSv1.3', 'TLSv1.3 TLSv1.3'],
  ['>=TLSv1', 'TLSv1 TLSv1.3'],
  ['>=TLSv1.2, <=TLSv1.2', 'TLSv1.2 TLSv1.2'],
  ['!SSLv2, !SSLv3', 'TLSv1.2 TLSv1.3'],
  ['!SSLv2,!SSLv3,!TLSv1,!TLSv1.1', 'TLSv1.2 TLSv1.3'],
  ['!TLSv1.3', 'TLSv1.2 TLSv1.2'],
  ['TLSv1', 'TLSv1 TLSv1'],
  ['SSLv3, TLSv1', 'TLSv1 TLSv1'],
  ['TLSv1.2:TLSv1.3', 'TLSv1.2 TLSv1.3'],
  ['>=0303', 'TLSv1.2 TLSv1.3'],
];

for (const [text, range] of rows) {
  test(`"${text}" is ${range}`, () => {
    const { min, max } = versionRange(text, 'smtpd_tls_protocols');
    assert.equal(`${min} ${max}`, range);
  });
}

test('a version that nobody knows, and an empty range, are errors that name the setting', () => {
  for (const text of ['>=TLSv9', 'SSLv3', '!TLSv1.2 !TLSv1.3'])
    assert.throws(
      () => versionRange(text, 'smtp_tls_protocols = x'),
      (error) => {
        assert.ok(error instanceof TlsError);
        assert.match(error.message, /^smtp_tls_protocols = x: /);
        return true;
      },
    );
});
