import assert from 'node:assert/strict';
import test from 'node:test';
import { fakeDicts } from '../../testing/fake-dicts.js';
import { memoryLog } from '../../testing/memory-log.js';
import { testSettings } from '../../testing/settings.js';
import { createRewrite } from './main.js';

const dicts = fakeDicts({
  transport: {
    'user+ext@a.example': 't1:fullext',
    'user@a.example': 't2:full',
    'a.example': 't3:dom',
    '.b.example': 't4:sub',
    'b.example': 't5:b',
    'c.example': 't6:',
    'd.example': ':',
    'e.example': ':nexthop.only',
    'f.example': 'error:5.7.1 nope',
    'g.example': 'discard:',
    'h.example': ':[host]:26',
    'local.example.test': 't7:',
    'example.test': 't8:',
    'i.example': 'smtp',
    '.j.example': 't9:parent',
    'k.example': 'error:',
    'user@l.example': 'error:user specific',
    'm.example': 'lmtp:unix:/var/run/lmtp',
    'postmaster@n.example': 'DUNNO',
    '<>': 'nullmap:',
  },
  star: { 'a.example': 't3:dom', '*': 'star:all' },
  relayhost: {
    's@x.example': '[own]:587',
    '@y.example': '[bydomain]',
    '<>': '[null]',
    'd@x.example': 'DUNNO',
    's+e@x.example': '[ext]',
  },
  default: {
    't@x.example': 'smtp2:',
    '@z.example': 'smtp3:given',
    't2@x.example': ':justhop',
    '<>': 'smtpnull:',
  },
  relocated: { 'moved@vm.example': 'new@other.example', 'moved2@foo.example': 'new2@x' },
});

const base = {
  mydomain: 'example.test',
  myorigin: 'example.test',
  mydestination: 'mail.example.test, localhost, example.test',
  inet_interfaces: '127.0.0.1',
  append_dot_mydomain: 'yes',
  local_transport: 'virtual',
  virtual_mailbox_domains: 'vm.example',
  virtual_alias_domains: 'va.example',
  relay_domains: 'relay.example',
  recipient_delimiter: '+',
};

interface Group {
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
  /** `class transport:nexthop recipient`, as Debian's Postfix 3.7.11 answers. */
  readonly rows: readonly (readonly [recipient: string, sender: string, route: string])[];
}

const recorded: readonly Group[] = [
  {
    name: 'without maps',
    settings: {},
    rows: [
      ['user@example.test', '', 'local virtual:example.test user@example.test'],
      ['user', '', 'local virtual:mail.example.test user@mail.example.test'],
      ['user@', '', 'bad-address'],
      ['', '', 'local virtual:mail.example.test MAILER-DAEMON@mail.example.test'],
      ['@', '', 'bad-address'],
      [
        'u@va.example',
        '',
        'virtual-alias error:5.1.1 User unknown in virtual alias table u@va.example',
      ],
      ['u@vm.example', '', 'virtual-mailbox virtual:vm.example u@vm.example'],
      ['u@relay.example', '', 'relay relay:relay.example u@relay.example'],
      ['u@sub.relay.example', '', 'relay relay:sub.relay.example u@sub.relay.example'],
      ['u@sub.example.test', '', 'default smtp:sub.example.test u@sub.example.test'],
      ['u@foo.example.', '', 'default smtp:foo.example u@foo.example'],
      ['u@1.2.3.4', '', 'bad-address'],
      ['u@[1.2.3.4]', '', 'default smtp:[1.2.3.4] u@[1.2.3.4]'],
      ['u@[127.0.0.1]', '', 'local virtual:[127.0.0.1] u@[127.0.0.1]'],
      ['u@[::1]', '', 'bad-address'],
      ['u@[IPv6:::1]', '', 'default smtp:[IPv6:::1] u@[IPv6:::1]'],
      ['u@[foo]', '', 'bad-address'],
      ['u@[1.2.3.4', '', 'default smtp:[1.2.3.4] u@[1.2.3.4]'],
      ['u@-x.example', '', 'bad-address'],
      ['u@a..b', '', 'bad-address'],
      ['u@.a', '', 'bad-address'],
      ['u@a_b.example', '', 'default smtp:a_b.example u@a_b.example'],
      ['u@a b.example', '', 'bad-address'],
      ['a%b@example.test', '', 'default smtp:b.example.test a@b.example.test'],
      ['foo.example!u@example.test', '', 'default smtp:foo.example u@foo.example'],
      ['u@foo.example@example.test', '', 'default smtp:foo.example u@foo.example'],
      ['u%example.test@example.test', '', 'local virtual:example.test u@example.test'],
      ['a b@example.test', '', 'local virtual:example.test a b@example.test'],
      ['a@b@foo.example', '', 'default smtp:foo.example a@b@foo.example'],
      ['u%x@foo.example', '', 'default smtp:foo.example u%x@foo.example'],
      ['@example.test', '', 'local virtual:example.test MAILER-DAEMON@example.test'],
      ['@foo.example', '', 'default smtp:foo.example @foo.example'],
      ['a%@example.test', '', 'bad-address'],
      ['u@EXAMPLE.TEST', '', 'local virtual:EXAMPLE.TEST u@EXAMPLE.TEST'],
      ['x@y@z@example.test', '', 'default smtp:z.example.test x@y@z.example.test'],
    ],
  },
  {
    name: 'by transport_maps',
    settings: { transport_maps: 'test:transport', parent_domain_matches_subdomains: '' },
    rows: [
      ['user@example.test', '', 'local t8:example.test user@example.test'],
      ['u@sub.relay.example', '', 'default smtp:sub.relay.example u@sub.relay.example'],
      ['user+ext@a.example', '', 'default t1:fullext user+ext@a.example'],
      ['user+other@a.example', '', 'default t2:full user+other@a.example'],
      ['User@A.example', '', 'default t2:full User@A.example'],
      ['x@a.example', '', 'default t3:dom x@a.example'],
      ['x@sub.a.example', '', 'default smtp:sub.a.example x@sub.a.example'],
      ['x@b.example', '', 'default t5:b x@b.example'],
      ['x@s.b.example', '', 'default t4:sub x@s.b.example'],
      ['x@t.s.b.example', '', 'default t4:sub x@t.s.b.example'],
      ['x@c.example', '', 'default t6:c.example x@c.example'],
      ['x@d.example', '', 'default smtp:d.example x@d.example'],
      ['x@e.example', '', 'default smtp:nexthop.only x@e.example'],
      ['x@f.example', '', 'default error:5.7.1 nope x@f.example'],
      ['x@g.example', '', 'default discard:g.example x@g.example'],
      ['x@h.example', '', 'default smtp:[host]:26 x@h.example'],
      ['x@i.example', '', 'default smtp:i.example x@i.example'],
      ['x@j.example', '', 'default smtp:j.example x@j.example'],
      ['x@s.j.example', '', 'default t9:parent x@s.j.example'],
      ['x@k.example', '', 'default error:Address is undeliverable x@k.example'],
      ['user@l.example', '', 'default error:user specific user@l.example'],
      ['other@l.example', '', 'default smtp:l.example other@l.example'],
      ['x@m.example', '', 'default lmtp:unix:/var/run/lmtp x@m.example'],
    ],
  },
  {
    name: 'by transport_maps where a domain means its subdomains, with a relayhost',
    settings: {
      transport_maps: 'test:transport',
      parent_domain_matches_subdomains: 'transport_maps, relay_domains',
      relayhost: '[gw]:2525',
    },
    rows: [
      ['u@relay.example', '', 'relay relay:[gw]:2525 u@relay.example'],
      ['u@foo.example', '', 'default smtp:[gw]:2525 u@foo.example'],
      ['u@[1.2.3.4]', '', 'default smtp:[gw]:2525 u@[1.2.3.4]'],
      ['x@sub.a.example', '', 'default t3:dom x@sub.a.example'],
      ['x@s.b.example', '', 'default t5:b x@s.b.example'],
      ['x@d.example', '', 'default smtp:[gw]:2525 x@d.example'],
      ['x@i.example', '', 'default smtp:i.example x@i.example'],
      ['other@l.example', '', 'default smtp:[gw]:2525 other@l.example'],
    ],
  },
  {
    name: 'by sender-dependent maps, with transports that have next hops',
    settings: {
      sender_dependent_relayhost_maps: 'test:relayhost',
      sender_dependent_default_transport_maps: 'test:default',
      relayhost: 'rh.example',
      local_transport: 'lmtp:unix:/x',
      virtual_transport: 'lmtp:[h]:24',
      relay_transport: 'relay:hub',
    },
    rows: [
      ['user@example.test', '', 'local lmtp:unix:/x user@example.test'],
      ['user@example.test', 's@x.example', 'local lmtp:unix:/x user@example.test'],
      ['user@example.test', 'q@y.example', 'local lmtp:unix:/x user@example.test'],
      ['user@example.test', 'd@x.example', 'local lmtp:unix:/x user@example.test'],
      ['user@example.test', 's+e@x.example', 'local lmtp:unix:/x user@example.test'],
      ['user@example.test', 't@x.example', 'local lmtp:unix:/x user@example.test'],
      ['user@example.test', 'q@z.example', 'local lmtp:unix:/x user@example.test'],
      ['user@example.test', 't2@x.example', 'local lmtp:unix:/x user@example.test'],
      ['user@example.test', 'S@X.example', 'local lmtp:unix:/x user@example.test'],
      ['u@vm.example', '', 'virtual-mailbox lmtp:[h]:24 u@vm.example'],
      ['u@vm.example', 's@x.example', 'virtual-mailbox lmtp:[h]:24 u@vm.example'],
      ['u@vm.example', 'q@y.example', 'virtual-mailbox lmtp:[h]:24 u@vm.example'],
      ['u@vm.example', 'd@x.example', 'virtual-mailbox lmtp:[h]:24 u@vm.example'],
      ['u@vm.example', 's+e@x.example', 'virtual-mailbox lmtp:[h]:24 u@vm.example'],
      ['u@vm.example', 't@x.example', 'virtual-mailbox lmtp:[h]:24 u@vm.example'],
      ['u@vm.example', 'q@z.example', 'virtual-mailbox lmtp:[h]:24 u@vm.example'],
      ['u@vm.example', 't2@x.example', 'virtual-mailbox lmtp:[h]:24 u@vm.example'],
      ['u@vm.example', 'S@X.example', 'virtual-mailbox lmtp:[h]:24 u@vm.example'],
      ['u@relay.example', '', 'relay relay:hub u@relay.example'],
      ['u@relay.example', 's@x.example', 'relay relay:hub u@relay.example'],
      ['u@relay.example', 'q@y.example', 'relay relay:hub u@relay.example'],
      ['u@relay.example', 'd@x.example', 'relay relay:hub u@relay.example'],
      ['u@relay.example', 's+e@x.example', 'relay relay:hub u@relay.example'],
      ['u@relay.example', 't@x.example', 'relay relay:hub u@relay.example'],
      ['u@relay.example', 'q@z.example', 'relay relay:hub u@relay.example'],
      ['u@relay.example', 't2@x.example', 'relay relay:hub u@relay.example'],
      ['u@relay.example', 'S@X.example', 'relay relay:hub u@relay.example'],
      ['u@foo.example', '', 'default smtpnull:[null] u@foo.example'],
      ['u@foo.example', 's@x.example', 'default smtp:[own]:587 u@foo.example'],
      ['u@foo.example', 'q@y.example', 'default smtp:[bydomain] u@foo.example'],
      ['u@foo.example', 'd@x.example', 'default smtp:rh.example u@foo.example'],
      ['u@foo.example', 's+e@x.example', 'default smtp:[ext] u@foo.example'],
      ['u@foo.example', 't@x.example', 'default smtp2:rh.example u@foo.example'],
      ['u@foo.example', 'q@z.example', 'default smtp3:given u@foo.example'],
      ['u@foo.example', 't2@x.example', 'try-again'],
      ['u@foo.example', 'S@X.example', 'default smtp:[own]:587 u@foo.example'],
    ],
  },
  {
    name: "with the resolver's habits turned around",
    settings: {
      transport_maps: 'test:star',
      resolve_null_domain: 'yes',
      swap_bangpath: 'no',
      allow_percent_hack: 'no',
      resolve_dequoted_address: 'no',
      resolve_numeric_domain: 'yes',
    },
    rows: [
      ['user@', '', 'local star:all user@mail.example.test'],
      ['@', '', 'local star:all MAILER-DAEMON@mail.example.test'],
      [
        'u@va.example',
        '',
        'virtual-alias error:5.1.1 User unknown in virtual alias table u@va.example',
      ],
      ['u@sub.relay.example', '', 'relay star:all u@sub.relay.example'],
      ['u@1.2.3.4', '', 'default star:all u@[1.2.3.4]'],
      ['a%b@example.test', '', 'local star:all a%b@example.test'],
      ['u@foo.example@example.test', '', 'local star:all u@foo.example@example.test'],
      ['x@a.example', '', 'default t3:dom x@a.example'],
    ],
  },
  {
    name: 'with relocated_maps',
    settings: { local_transport: 'local', relocated_maps: 'test:relocated' },
    rows: [
      ['user@example.test', '', 'local local:example.test user@example.test'],
      ['user', '', 'local local:mail.example.test user@mail.example.test'],
      [
        'moved@vm.example',
        '',
        'virtual-mailbox error:5.1.6 User has moved to new@other.example moved@vm.example',
      ],
      ['moved2@foo.example', '', 'default error:5.1.6 User has moved to new2@x moved2@foo.example'],
    ],
  },
  {
    name: 'when quoted local parts are not looked into',
    settings: { resolve_dequoted_address: 'no', append_at_myorigin: 'no' },
    rows: [
      ['user%far.example@example.test', '', 'default smtp:far.example user@far.example'],
      [
        'a b%far.example@example.test',
        '',
        'local virtual:example.test a b%far.example@example.test',
      ],
      [
        '@far.example,@b.example:user@example.test',
        '',
        'local virtual:example.test user@example.test',
      ],
    ],
  },
  {
    name: 'when a list of domains has our name and address literals',
    settings: {
      mydestination: 'example.test',
      virtual_mailbox_domains: '[192.0.2.7], mail.example.test, far.example',
    },
    rows: [
      ['user@[192.0.2.7]', '', 'virtual-mailbox virtual:[192.0.2.7] user@[192.0.2.7]'],
      ['user%far.example', '', 'virtual-mailbox virtual:far.example user@far.example'],
    ],
  },
];

for (const { name, settings, rows } of recorded) {
  test(`recipients are routed as Postfix routes them ${name}`, async () => {
    const rewrite = createRewrite({
      settings: testSettings({ ...base, ...settings }),
      log: memoryLog(),
      dicts,
    });
    for (const [recipient, sender, expected] of rows) {
      const route = await rewrite.resolve(recipient, sender);
      const got =
        route.is === 'route'
          ? `${route.addressClass} ${route.transport}:${route.nexthop} ${route.recipient}`
          : route.is;
      assert.equal(got, expected, `${recipient} from <${sender}>`);
    }
  });
}

test('an address that asks for more routing says so', async () => {
  const rewrite = createRewrite({ settings: testSettings(base), log: memoryLog(), dicts });
  for (const recipient of ['a@b@foo.example', 'u%x@foo.example', 'x!u@relay.example']) {
    const route = await rewrite.resolve(recipient, '');
    assert.equal(route.is === 'route' && route.routed, true, recipient);
  }
});

test('a table in trouble means try again, and is logged', async () => {
  const log = memoryLog();
  const settings = testSettings({ ...base, transport_maps: 'broken:x' });
  const route = await createRewrite({ settings, log, dicts }).resolve('u@foo.example', '');
  assert.deepEqual(route, { is: 'try-again', reason: 'address resolver failure' });
  assert.match(log.lines.join(), /broken:x: out of order/);
});

test('a domain in two lists is warned about once', async () => {
  const log = memoryLog();
  const settings = testSettings({ ...base, virtual_alias_domains: 'example.test' });
  const rewrite = createRewrite({ settings, log, dicts });
  await rewrite.resolve('u@example.test', '');
  await rewrite.resolve('v@Example.test', '');
  assert.deepEqual(log.lines, [
    'warning do not list domain example.test in BOTH mydestination and virtual_alias_domains',
  ]);
});

test('routing through ourselves has an end', async () => {
  const rewrite = createRewrite({ settings: testSettings(base), log: memoryLog(), dicts });
  const recipient = `u${'%example.test'.repeat(200)}@example.test`;
  assert.equal((await rewrite.resolve(recipient, '')).is, 'bad-address');
});

test('helpful_warnings = no: nothing is said of a domain in two lists', async () => {
  const log = memoryLog();
  const more = { virtual_alias_domains: 'example.test', helpful_warnings: 'no' };
  const rewrite = createRewrite({ settings: testSettings({ ...base, ...more }), log, dicts });
  await rewrite.resolve('u@example.test', '');
  assert.deepEqual(log.lines, []);
});
