import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkOf } from './client-networks.js';

const lengths = (v4: number, v6: number) => ({
  smtpd_client_ipv4_prefix_length: v4,
  smtpd_client_ipv6_prefix_length: v6,
});

test('clients of one network have one name; whole lengths leave the address as it is', () => {
  assert.equal(networkOf('192.0.2.77', lengths(32, 84)), '192.0.2.77');
  assert.equal(networkOf('192.0.2.77', lengths(24, 84)), '192.0.2.0/24');
  assert.equal(networkOf('192.0.2.77', lengths(0, 84)), '0.0.0.0/0');
  assert.equal(networkOf('2001:db8::1', lengths(32, 128)), '2001:db8::1');
  const network = networkOf('2001:db8:0:1:2:3456::1', lengths(32, 84));
  assert.equal(network, '2001:db8:0:1:2:3000:0:0/84');
  assert.equal(networkOf('2001:db8:0:1:2:3fff:1:1', lengths(32, 84)), network);
  assert.notEqual(networkOf('2001:db8:0:1:2:4000::', lengths(32, 84)), network);
  assert.equal(networkOf('unknown', lengths(24, 64)), 'unknown');
});
