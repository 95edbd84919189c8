import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { programs } from './programs.js';

/** Of Postfix 3.7 as Debian ships it: master.cf.dist, its commented-out lines included, and the daemon directory. */
const stock =
  'anvil bounce cleanup discard dnsblog error flush local lmtp pickup pipe postlogd postscreen proxymap qmgr qmqpd scache ' +
  'showq smtp smtpd spawn tlsmgr tlsproxy trivial-rewrite verify virtual nqmgr';

test("every program of Postfix's stock master.cf stands in the table, as works, accepted or not yet", () => {
  for (const name of stock.split(' ')) assert.ok(programs[name], name);
  for (const [name, program] of Object.entries(programs))
    if (program?.state !== 'works')
      assert.ok(program?.note, `${name}: the reason, or what to write`);
});

const installed = '/usr/share/postfix/master.cf.dist';
const options = existsSync(installed) ? {} : { skip: 'no Postfix is installed here' };

test('the list here is that of the master.cf that is installed', options, () => {
  const lines = readFileSync(installed, 'latin1').split('\n');
  for (const line of lines) {
    const fields = line.replace(/^#/, '').split(/\s+/);
    const isService =
      fields.length >= 8 && /^(inet|unix|fifo|pass|unix-dgram)$/.test(fields[1] ?? '');
    if (isService) assert.ok(programs[fields[7] ?? ''], line);
  }
});
