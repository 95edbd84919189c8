import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDomainName, literalAddress } from './mail-domain.js';

test('an address literal is an address and nothing else', () => {
  assert.ok(literalAddress('[192.0.2.1]'));
  assert.ok(literalAddress('[IPv6:2001:db8::1]'));
  for (const other of [
    '[192.0.2.1%> x]',
    '[IPv6:::1%eth0]',
    '[2001:db8::1]',
    '[x]',
    '[]',
    '192.0.2.1',
  ])
    assert.equal(literalAddress(other), undefined, other);
});

test('a host name has labels of letters and digits', () => {
  for (const fine of ['example.test', 'a_b.test', 'xn--a.test', 'bücher.test'])
    assert.ok(isDomainName(fine));
  for (const bad of ['', '.', 'a..b', '-a.test', 'a-.test', 'a b', '192.0.2.1'])
    assert.ok(!isDomainName(bad));
});
