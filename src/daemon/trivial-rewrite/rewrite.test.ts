import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { testSettings } from '../../testing/settings.js';
import { rewriteAddress } from './rewrite.js';

const settings = testSettings({
  mydomain: 'example.test',
  myorigin: 'example.test',
  append_dot_mydomain: 'yes',
});

/** Given, and what Debian's Postfix 3.7.11 answers for a local client. */
const recorded: readonly (readonly [given: string, canonical: string])[] = [
  ['user', 'user@example.test'],
  ['user@', 'user@'],
  ['@host', '@host.example.test'],
  ['user@host', 'user@host.example.test'],
  ['user@host.', 'user@host'],
  ['user@host.example', 'user@host.example'],
  ['user@host.example.', 'user@host.example'],
  ['user@.', 'user@.'],
  ['user@..', 'user@..'],
  ['user@host..', 'user@host..'],
  ['host!user', 'user@host.example.test'],
  ['h1!h2!user', 'h2!user@h1.example.test'],
  ['host!user@dom', 'host!user@dom.example.test'],
  ['host!', '@host.example.test'],
  ['!user', 'user@'],
  ['user%host', 'user@host.example.test'],
  ['user%host@dom', 'user%host@dom.example.test'],
  ['a%b%c', 'a%b@c.example.test'],
  ['%host', '@host.example.test'],
  ['user%', 'user@'],
  ['@r1:user@host', 'user@host.example.test'],
  ['@r1,@r2:user@host.example', 'user@host.example'],
  ['user@[1.2.3.4]', 'user@[1.2.3.4]'],
  ['user@[host]', 'user@[host]'],
  ['a.b', 'a.b@example.test'],
  ['.a', '.a@example.test'],
  ['a.', 'a.@example.test'],
  ['a..b@host', 'a..b@host.example.test'],
  ['@@', '@@'],
  ['a@@b', 'a@@b.example.test'],
  ['a@b@c', 'a@b@c.example.test'],
  ['a@b@c.', 'a@b@c'],
  ['', ''],
  ['a:b', 'a:b@example.test'],
  ['a;b', 'a;b@example.test'],
  ['User@HOST', 'User@HOST.example.test'],
  ['postmaster', 'postmaster@example.test'],
  ['MAILER-DAEMON', 'MAILER-DAEMON@example.test'],
  ['user+ext', 'user+ext@example.test'],
  ['user+ext@host', 'user+ext@host.example.test'],
  ['!', '@'],
  ['%', '@'],
  ['a!b%c', 'b%c@a.example.test'],
  ['a%b!c', 'c@a%b.example.test'],
  ['a!b@', 'a!b@'],
  ['user@host%x', 'user@host%x.example.test'],
  ['a!b!c@', 'a!b!c@'],
  ['user@host!x', 'user@host!x.example.test'],
  ['user@-', 'user@-.example.test'],
  ['user@]', 'user@].example.test'],
  ['[x]@host', '[x]@host.example.test'],
  ['user@example.test', 'user@example.test'],
  ['user@localhost', 'user@localhost.example.test'],
  ['user@mail.example.test', 'user@mail.example.test'],
  ['x@1.2.3.4', 'x@1.2.3.4'],
  ['x@2130706433', 'x@2130706433.example.test'],
  ['a@b.', 'a@b'],
  ['a@.b', 'a@.b'],
  ['a@b..c', 'a@b..c'],
  ['@host:user', 'user@example.test'],
  ['@a@b:user@c', 'user@c.example.test'],
];

test('addresses become what Postfix makes of them', () => {
  for (const [given, canonical] of recorded)
    assert.equal(rewriteAddress(given, 'local', settings), canonical, given);
});

test('rewriting twice is rewriting once', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ab.@!%:[\]]{0,12}$/), (address) => {
      const once = rewriteAddress(address, 'local', settings);
      // A route may uncover another one, a domain `a.` (of `x@a.` or `a.!x`) an unqualified `a`; a complete address stays.
      if (/[!%:]/.test(once) || /\.(!|$)/.test(address)) return;
      assert.equal(rewriteAddress(once, 'local', settings), once);
    }),
  );
});

test('a remote client has its addresses completed only with remote_header_rewrite_domain', () => {
  const remote = testSettings({ remote_header_rewrite_domain: 'domain.invalid' });
  assert.equal(rewriteAddress('user', 'remote', settings), 'user');
  assert.equal(rewriteAddress('user', 'remote', remote), 'user@domain.invalid');
  assert.equal(rewriteAddress('user@host', 'remote', remote), 'user@host.domain.invalid');
});

test('each habit can be turned off', () => {
  const off = testSettings({
    append_at_myorigin: 'no',
    append_dot_mydomain: 'no',
    swap_bangpath: 'no',
    allow_percent_hack: 'no',
  });
  for (const address of ['user', 'user@host', 'host!user', 'user%host'])
    assert.equal(rewriteAddress(address, 'local', off), address);
});
