import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientBench, type BenchOptions, type Given } from '../../testing/smtp-client-bench.js';
import { type Script, startSmtpPeer } from '../../testing/smtp-peer.js';

interface Row {
  readonly name: string;
  readonly script?: Script;
  readonly settings?: BenchOptions['settings'];
  readonly given?: Omit<Given, 'nexthop'>;
  readonly lmtp?: boolean;
  /** RELAY stands for `127.0.0.1[127.0.0.1]:port`, HOST for it without the port. */
  readonly outcomes: readonly string[];
  /** What the server was told. */
  readonly lines?: readonly string[];
  /** The site itself is to blame. */
  readonly site?: string;
}

const two = { recipients: ['a@example.test', 'b@example.test'] };
const pipelining = { offers: ['PIPELINING', 'SIZE 10000', '8BITMIME', 'DSN'] };

const rows: readonly Row[] = [
  {
    name: 'a message is delivered step by step',
    outcomes: ['sent 2.0.0 RELAY | 250 2.0.0 Ok: queued as 12345'],
    lines: [
      'EHLO mail.example.test',
      'MAIL FROM:<sender@example.test>',
      'RCPT TO:<rcpt@example.test>',
      'DATA',
      'content',
      'QUIT',
    ],
  },
  {
    name: 'a message is delivered with all that the server offers',
    script: pipelining,
    given: { dsnNotify: 6, envelope: { bodyType: '8BITMIME', dsnRet: 'HDRS', dsnEnvid: 'a b' } },
    outcomes: ['sent 2.0.0 RELAY | 250 2.0.0 Ok: queued as 12345'],
    lines: [
      'EHLO mail.example.test',
      'MAIL FROM:<sender@example.test> SIZE=21 BODY=8BITMIME ENVID=a+20b RET=HDRS',
      'RCPT TO:<rcpt@example.test> ORCPT=rfc822;rcpt@example.test NOTIFY=SUCCESS,FAILURE',
      'DATA',
      'content',
      'QUIT',
    ],
  },
  ...[{}, pipelining].flatMap((script): Row[] => {
    const how = 'offers' in script ? ', pipelined' : '';
    return [
      {
        name: `a recipient that is refused is that recipient's trouble${how}`,
        script: { ...script, rules: [[/^RCPT TO:<a@/, '550-5.1.1 no\r\n550 5.1.1 such user']] },
        given: two,
        outcomes: [
          'bounced 5.1.1 RELAY | host HOST said: 550-5.1.1 no 550 5.1.1 such user (in reply to RCPT TO command)',
          'sent 2.0.0 RELAY | 250 2.0.0 Ok: queued as 12345',
        ],
      },
      {
        name: `a sender that is refused is every recipient's trouble${how}`,
        script: {
          ...script,
          rules: [
            [/^MAIL/, '451 later'],
            [/^RCPT/, '503 no'],
            [/^DATA/, '503 no'],
          ],
        },
        given: two,
        outcomes: ['a', 'b'].map(
          () => 'deferred 4.0.0 RELAY | host HOST said: 451 later (in reply to MAIL FROM command)',
        ),
      },
      {
        name: `DATA that is refused is every accepted recipient's trouble${how}`,
        script: {
          ...script,
          rules: [
            [/^DATA/, '554 5.7.1 spam'],
            [/^RCPT TO:<a@/, '450 4.2.0 grey'],
          ],
        },
        given: two,
        outcomes: [
          'deferred 4.2.0 RELAY | host HOST said: 450 4.2.0 grey (in reply to RCPT TO command)',
          'bounced 5.7.1 RELAY | host HOST said: 554 5.7.1 spam (in reply to DATA command)',
        ],
      },
      {
        name: `content that is refused is every recipient's trouble${how}`,
        script: { ...script, ends: ['550 5.6.0 no'] },
        outcomes: [
          'bounced 5.6.0 RELAY | host HOST said: 550 5.6.0 no (in reply to end of DATA command)',
        ],
      },
      {
        name: `when all recipients are refused nothing is sent${how}`,
        script: { ...script, rules: [[/^RCPT/, '550 5.1.1 no']] },
        outcomes: [
          'bounced 5.1.1 RELAY | host HOST said: 550 5.1.1 no (in reply to RCPT TO command)',
        ],
      },
      {
        name: `a connection lost after the final dot may have delivered${how}`,
        script: { ...script, ends: ['drop'] },
        outcomes: [
          'deferred 4.4.2 RELAY | lost connection with HOST while sending end of data -- message may be sent more than once',
        ],
        site: '4.4.2',
      },
      {
        name: `a connection lost in the envelope says where${how}`,
        script: { ...script, rules: [[/^RCPT/, 'drop']] },
        outcomes: ['deferred 4.4.2 RELAY | lost connection with HOST while sending RCPT TO'],
        site: '4.4.2',
      },
      {
        name: `a reply of the wrong kind is a protocol error${how}`,
        script: { ...script, rules: [[/^RCPT/, '354 what']] },
        outcomes: ['bounced 5.5.0 RELAY | host HOST said: 354 what (in reply to RCPT TO command)'],
      },
    ];
  }),
  {
    name: 'a server that wants content for nobody gets a lone dot',
    script: { ...pipelining, rules: [[/^RCPT/, '550 5.1.1 no']] },
    outcomes: ['bounced 5.1.1 RELAY | host HOST said: 550 5.1.1 no (in reply to RCPT TO command)'],
    lines: [
      'EHLO mail.example.test',
      'MAIL FROM:<sender@example.test> SIZE=21',
      'RCPT TO:<rcpt@example.test> ORCPT=rfc822;rcpt@example.test',
      'DATA',
      'content',
      'QUIT',
    ],
  },
  {
    name: 'a server that does not know EHLO is told HELO',
    script: { rules: [[/^EHLO/, '500 what?']] },
    outcomes: ['sent 2.0.0 RELAY | 250 2.0.0 Ok: queued as 12345'],
    lines: [
      'EHLO mail.example.test',
      'HELO mail.example.test',
      'MAIL FROM:<sender@example.test>',
      'RCPT TO:<rcpt@example.test>',
      'DATA',
      'content',
      'QUIT',
    ],
  },
  {
    name: 'a 5xx greeting may pass',
    script: { greeting: '554 5.7.1 go away' },
    outcomes: ['deferred 4.7.1 RELAY | host HOST refused to talk to me: 554 5.7.1 go away'],
    site: '4.7.1',
  },
  {
    name: 'a 5xx greeting is final where smtp_skip_5xx_greeting is off',
    settings: { smtp_skip_5xx_greeting: 'no' },
    script: { greeting: '554 5.7.1 go away' },
    outcomes: ['bounced 5.7.1 RELAY | host HOST refused to talk to me: 554 5.7.1 go away'],
  },
  {
    name: '421 to EHLO is no reason to try HELO',
    script: { rules: [[/^EHLO/, '421 4.3.2 closing']] },
    outcomes: ['deferred 4.3.2 RELAY | host HOST refused to talk to me: 421 4.3.2 closing'],
    lines: ['EHLO mail.example.test', 'QUIT'],
    site: '4.3.2',
  },
  {
    name: 'a message that is too big is not begun',
    script: { offers: ['SIZE 20'] },
    outcomes: ['bounced 5.3.4 RELAY | message size 21 exceeds size limit 20 of server HOST'],
    lines: ['EHLO mail.example.test', 'QUIT'],
  },
  {
    name: 'SMTPUTF8 is needed for an address beyond ASCII',
    given: { recipients: ['é@example.test'], envelope: { smtputf8: true } },
    outcomes: ['bounced 5.6.7 RELAY | SMTPUTF8 is required, but was not offered by host HOST'],
  },
  {
    name: 'SMTPUTF8 is asked for where it is offered',
    script: { offers: ['SMTPUTF8', '8BITMIME'] },
    given: { recipients: ['é@example.test'], envelope: { smtputf8: true, bodyType: '8BITMIME' } },
    outcomes: ['sent 2.0.0 RELAY | 250 2.0.0 Ok: queued as 12345'],
    lines: [
      'EHLO mail.example.test',
      'MAIL FROM:<sender@example.test> BODY=8BITMIME SMTPUTF8',
      'RCPT TO:<\xc3\xa9@example.test>',
      'DATA',
      'content',
      'QUIT',
    ],
  },
  {
    name: 'keywords may be overlooked',
    script: pipelining,
    settings: { smtp_discard_ehlo_keywords: 'silent-discard, size, dsn, pipelining' },
    outcomes: ['sent 2.0.0 RELAY | 250 2.0.0 Ok: queued as 12345'],
    lines: [
      'EHLO mail.example.test',
      'MAIL FROM:<sender@example.test>',
      'RCPT TO:<rcpt@example.test>',
      'DATA',
      'content',
      'QUIT',
    ],
  },
  {
    name: 'garbage among replies is overlooked',
    script: { ...pipelining, rules: [[/^RCPT/, 'garbage\r\n250 2.1.5 ok']] },
    outcomes: ['sent 2.0.0 RELAY | 250 2.0.0 Ok: queued as 12345'],
  },
  {
    name: "QUIT's reply does not pass for the message's",
    script: { ...pipelining, ends: ['garbage'] },
    outcomes: ['deferred 4.3.0 RELAY | local data error while talking to HOST'],
    site: '4.3.0',
  },
  {
    name: 'addresses are quoted, and end no command',
    given: {
      recipients: ['a b@example.test', 'x\r\nRSET@example.test'],
      envelope: { sender: '"@example.test' },
    },
    outcomes: [1, 2].map(() => 'sent 2.0.0 RELAY | 250 2.0.0 Ok: queued as 12345'),
    lines: [
      'EHLO mail.example.test',
      'MAIL FROM:<"\\""@example.test>',
      'RCPT TO:<"a b"@example.test>',
      'RCPT TO:<x??RSET@example.test>',
      'DATA',
      'content',
      'QUIT',
    ],
  },
  {
    name: 'LMTP gets a reply for each recipient',
    lmtp: true,
    script: { ...pipelining, ends: ['250 2.0.0 ok|452 4.2.2 full'] },
    given: two,
    outcomes: [
      'sent 2.0.0 RELAY | 250 2.0.0 ok',
      'deferred 4.2.2 RELAY | host HOST said: 452 4.2.2 full (in reply to end of DATA command)',
    ],
  },
  {
    name: 'a timeout says where',
    settings: { smtp_mail_timeout: '1s' },
    script: { rules: [[/^MAIL/, 'silence']] },
    outcomes: ['deferred 4.4.2 RELAY | conversation with HOST timed out while sending MAIL FROM'],
    site: '4.4.2',
  },
];

for (const row of rows) {
  test(row.name, async (context) => {
    const peer = await startSmtpPeer(row.script);
    const bench = clientBench({
      lmtp: row.lmtp ?? false,
      ...(row.settings ? { settings: row.settings } : {}),
    });
    context.after(async () => {
      await bench.agent.close();
      await peer.close();
    });
    const host = '127.0.0.1[127.0.0.1]';
    const named = (text: string): string =>
      text.replaceAll('RELAY', `${host}:${peer.port}`).replaceAll('HOST', host);
    const nexthop = `[127.0.0.1]:${peer.port}`;
    const report = await bench.deliver({ nexthop, ...row.given });
    assert.deepEqual(
      [...report.results.values()].map(
        ({ action, dsn, relay, text }) => `${action} ${dsn} ${relay} | ${text}`,
      ),
      row.outcomes.map(named),
    );
    assert.equal(report.siteFailure?.dsn, row.site);
    if (row.lines) {
      // QUIT is not waited for.
      for (let tries = 0; tries < 300 && peer.lines.at(-1) !== 'QUIT'; tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 10));
      assert.deepEqual(peer.lines, row.lines);
    }
  });
}
