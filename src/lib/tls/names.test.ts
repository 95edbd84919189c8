import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { makeCertificate } from './make-certificate.js';
import { certificateNames, standsFor } from './names.js';

function namesOf(subject: string, names: readonly string[] = []): string[] {
  return certificateNames(new X509Certificate(makeCertificate({ subject, names }).certificate));
}

test('the common name counts only where there are no DNS names', () => {
  assert.deepEqual(namesOf('CN.example.test'), ['cn.example.test']);
  assert.deepEqual(namesOf('cn.example.test', ['A.example.test', '*.b.test']), [
    'a.example.test',
    '*.b.test',
  ]);
  assert.deepEqual(namesOf('cn.example.test', ['127.0.0.1']), ['cn.example.test']);
});

test('a name with a comma, a quote or a NUL in it is not several, and not shorter', () => {
  for (const odd of ['a.test, DNS:evil.test', 'x", DNS:evil.test', 'evil.test\0.a.test'])
    assert.deepEqual(namesOf('cn', [odd, 'good.test']), ['good.test']);
});

const rows: readonly [pattern: string, wanted: string, many: boolean, isMatch: boolean][] = [
  ['mx.example.test', 'MX.example.test.', true, true],
  ['mx.example.test', 'x.example.test', true, false],
  ['*.example.test', 'mx.example.test', false, true],
  ['*.example.test', 'a.b.example.test', false, false],
  ['*.example.test', 'a.b.example.test', true, true],
  ['*.example.test', 'example.test', true, false],
  ['mx.example.test', '.example.test', true, true],
  ['*.example.test', '.example.test', true, true],
  ['example.test', '.example.test', true, false],
  ['evil-example.test', '.example.test', true, false],
  ['mx.example.test', '', true, false],
];

for (const [pattern, wanted, many, isMatch] of rows) {
  test(`${pattern} is ${isMatch ? '' : 'not '}for "${wanted}"${many ? '' : ', one label a star'}`, () => {
    assert.equal(standsFor([pattern], wanted, many), isMatch);
  });
}
