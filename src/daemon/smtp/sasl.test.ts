import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { clientBench } from '../../testing/smtp-client-bench.js';
import { type Script, startSmtpPeer } from '../../testing/smtp-peer.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'token-test-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(path.join(folder, 'token'), 'ya29.abc\n');
writeFileSync(path.join(folder, 'bad'), 'Error: sign in first\n');

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const plain = base64('\0me\0pw:1');
const xoauth2 = base64('user=me\x01auth=Bearer ya29.abc\x01\x01');
const yes = '235 2.7.0 ok';
const sent = /^sent 2\.0\.0 /;

interface Row {
  readonly name: string;
  readonly script: Script;
  readonly entries: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string>>;
  readonly outcome: RegExp;
  /** Lines of the client that have to do with the login. */
  readonly says: readonly string[];
}

const me = { '127.0.0.1': 'me:pw:1' };
const rows: readonly Row[] = [
  {
    name: 'the login of the server is used, and a password may have colons',
    script: { offers: ['AUTH PLAIN LOGIN'], rules: [[/^AUTH/, yes]] },
    entries: me,
    outcome: sent,
    says: [`AUTH PLAIN ${plain}`],
  },
  {
    name: 'the next hop as it was written is looked up too; AUTH= of old servers is understood',
    script: { offers: ['AUTH=PLAIN'], rules: [[/^AUTH/, yes]] },
    entries: { nexthop: 'me:pw:1' },
    outcome: sent,
    says: [`AUTH PLAIN ${plain}`],
  },
  {
    name: 'LOGIN is answered line by line',
    script: {
      offers: ['AUTH LOGIN'],
      rules: [
        [/^AUTH/, `334 ${base64('Username:')}`],
        [/^bWU=$/, `334 ${base64('Password:')}`],
        [/^cHc6MQ==$/, yes],
      ],
    },
    entries: me,
    outcome: sent,
    says: ['AUTH LOGIN', 'bWU=', 'cHc6MQ=='],
  },
  {
    name: 'no login in the table, or no AUTH at the server: the mail goes without',
    script: { offers: ['AUTH PLAIN'] },
    entries: { elsewhere: 'me:pw' },
    outcome: sent,
    says: [],
  },
  {
    name: 'a password in clear is not sent where the options forbid it',
    script: { offers: ['AUTH PLAIN LOGIN'] },
    entries: me,
    settings: { smtp_sasl_security_options: 'noplaintext, noanonymous' },
    outcome: /^deferred 4\.7\.0 .*offered no compatible authentication mechanisms/,
    says: [],
  },
  {
    name: 'an authorization identity is named when asked for',
    script: { offers: ['AUTH PLAIN'], rules: [[/^AUTH/, yes]] },
    entries: me,
    settings: { send_cyrus_sasl_authzid: 'yes' },
    outcome: sent,
    says: [`AUTH PLAIN ${base64('me\0me\0pw:1')}`],
  },
  {
    name: 'the filter takes mechanisms away',
    script: { offers: ['AUTH CRAM-MD5 PLAIN'], rules: [[/^AUTH/, yes]] },
    entries: me,
    settings: { smtp_sasl_mechanism_filter: 'plain' },
    outcome: sent,
    says: [`AUTH PLAIN ${plain}`],
  },
  {
    name: 'a refused login defers the mail',
    script: { offers: ['AUTH PLAIN'], rules: [[/^AUTH/, '535 5.7.8 no']] },
    entries: me,
    outcome: /^deferred 4\.7\.8 .*SASL authentication failed; server .* said: 535 5\.7\.8 no$/,
    says: [`AUTH PLAIN ${plain}`],
  },
  {
    name: 'a server that does not know the password itself is left',
    script: { offers: ['AUTH SCRAM-SHA-256'], rules: [[/^AUTH/, yes]] },
    entries: me,
    outcome: /^deferred 4\.7\.0 .*did not prove/,
    says: ['AUTH SCRAM-SHA-256 …'],
  },
  {
    name: 'the sender chooses the login',
    script: { offers: ['AUTH PLAIN'], rules: [[/^AUTH/, yes]] },
    entries: { 'sender@example.test': 'me:pw:1', '127.0.0.1': 'other:x' },
    settings: { smtp_sender_dependent_authentication: 'yes' },
    outcome: sent,
    says: [`AUTH PLAIN ${plain}`],
  },
  {
    name: 'XOAUTH2 with the token of a file',
    script: { offers: ['AUTH PLAIN XOAUTH2'], rules: [[/^AUTH/, yes]] },
    entries: { '127.0.0.1': `me:{xoauth2 file=${folder}/token}` },
    outcome: sent,
    says: [`AUTH XOAUTH2 ${xoauth2}`],
  },
  {
    name: 'XOAUTH2 with the token of a program',
    script: { offers: ['AUTH XOAUTH2'], rules: [[/^AUTH/, yes]] },
    entries: { '127.0.0.1': `me:{xoauth2 command=/bin/cat ${folder}/token}` },
    outcome: sent,
    says: [`AUTH XOAUTH2 ${xoauth2}`],
  },
  {
    name: 'what is no token is not sent',
    script: { offers: ['AUTH XOAUTH2'] },
    entries: { '127.0.0.1': `me:{xoauth2 file=${folder}/bad}` },
    outcome: /^deferred 4\.7\.0 .*token of me: what it gave is no token/,
    says: [],
  },
];

for (const { name, script, entries, settings, outcome, says } of rows) {
  test(name, async (context) => {
    const peer = await startSmtpPeer(script);
    const nexthop = `[127.0.0.1]:${peer.port}`;
    const tables = Object.fromEntries(
      Object.entries(entries).map(([key, value]) => [key === 'nexthop' ? nexthop : key, value]),
    );
    const bench = clientBench({
      settings: {
        smtp_sasl_auth_enable: 'yes',
        smtp_sasl_password_maps: 'test:logins',
        smtp_sasl_security_options: 'noanonymous',
        ...settings,
      },
      tables: { logins: tables },
    });
    context.after(async () => {
      await bench.agent.close();
      await peer.close();
    });
    const [line = ''] = await bench.outcomes({ nexthop });
    assert.match(line, outcome);
    const others = /^(EHLO|MAIL|RCPT|DATA|content|QUIT)/;
    const said = peer.lines
      .filter((text) => !others.test(text))
      .map((text) => text.replace(/^(AUTH SCRAM\S+) .*/, '$1 …'));
    assert.deepEqual(said, says);
  });
}

test('without a table of passwords the client does not start', () => {
  assert.throws(
    () => clientBench({ settings: { smtp_sasl_auth_enable: 'yes' } }),
    /specify a password table/,
  );
});
