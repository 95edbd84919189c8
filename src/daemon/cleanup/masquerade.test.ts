import assert from 'node:assert/strict';
import { test } from 'node:test';
import { masqueraded } from './masquerade.js';

const given = {
  domains: ['!keep.example.org', 'sub.example.org', 'example.org'],
  exceptions: new Set(['root']),
};

test('the host goes, the first domain that fits decides', () => {
  for (const [address, expected] of [
    ['joe@host.example.org', 'joe@example.org'],
    ['joe@a.b.sub.example.org', 'joe@sub.example.org'],
    ['joe@sub.example.org', 'joe@sub.example.org'],
    ['joe@x.keep.example.org', 'joe@x.keep.example.org'],
    ['Root@host.example.org', 'Root@host.example.org'],
    ['joe@HOST.Example.ORG', 'joe@example.org'],
    ['joe@notexample.org', 'joe@notexample.org'],
    ['joe', 'joe'],
  ] as const)
    assert.equal(masqueraded(address, given), expected);
});
