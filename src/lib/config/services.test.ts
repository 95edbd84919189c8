import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FatalError } from '../util/fatal-error.js';
import { parseKnownPorts, servicePort } from './services.js';

test('known_tcp_ports come before /etc/services, and may give a port several names', () => {
  assert.equal(servicePort('submissions', 'here'), 465);
  assert.equal(servicePort('smtps', 'here'), 465);
  assert.equal(servicePort('mine', 'here', 'mine=yours=2600, smtp=26'), 2600);
  assert.equal(servicePort('smtp', 'here', 'mine=yours=2600, smtp=26'), 26);
});

test('a name that nobody knows, and ports that are none, stop the start', () => {
  assert.throws(() => servicePort('no-such-service', 'master.cf line 3'), /master\.cf line 3/);
  assert.throws(() => servicePort('70000', 'here'), FatalError);
  for (const bad of ['smtp', 'smtp=', '=25', 'smtp=x', 'smtp=70000'])
    assert.throws(() => parseKnownPorts(bad), /write name=port/);
});
