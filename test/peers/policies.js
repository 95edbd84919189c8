/** policies - postgrey and policyd-spf answer check_policy_service; postsrsd answers tcp: tables. */
import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { content, from, speak } from '../support/dialogue.js';
import { startPeer } from '../support/peer.js';
import { accountId, waitForPort } from '../support/servers.js';
import { startDaemon, stopDaemon } from './daemon.js';
import { arrived, expect, logged, messagesIn, send, until } from './steps.js';

const text = 'From: a@sender.example\nTo: hanako@example.test\nSubject: hello\n\nhello\n';

/** An empty Maildir of hanako's. */
function emptied(base) {
  const maildir = path.join(base, 'home/hanako/Maildir');
  rmSync(maildir, { recursive: true, force: true });
  return maildir;
}

const postgreyPort = 26110;

async function startPostgrey(directory) {
  const daemon = startDaemon('/usr/sbin/postgrey', [
    `--inet=127.0.0.1:${postgreyPort}`,
    `--dbdir=${directory}`,
    '--delay=2',
    '--hostname=mail.example.test',
    '--greylist-text=Greylisted, come again',
  ]);
  await waitForPort(postgreyPort, 15_000, () => daemon.text);
  return daemon;
}

async function greylist({ instance, base }) {
  const maildir = emptied(base);
  const directory = path.join(base, 'postgrey');
  mkdirSync(directory, { mode: 0o750 });
  const { uid, gid } = accountId('postgrey');
  chownSync(directory, uid, gid);
  const daemon = await startPostgrey(directory);
  await instance.configure({
    main: {
      smtpd_recipient_restrictions: `permit_mynetworks, reject_unauth_destination, check_policy_service inet:127.0.0.1:${postgreyPort}`,
    },
  });
  await instance.start();
  const attempt = async (address, recipients = ['hanako@example.test']) => {
    const transcript = await speak(instance.port, [
      from(address),
      'EHLO client.example',
      'MAIL FROM:<a@sender.example>',
      ...recipients.map((recipient) => `RCPT TO:<${recipient}>`),
      'DATA',
      content(text),
      'QUIT',
    ]);
    return transcript.map(({ replies }) => replies[0]);
  };
  const first = await attempt('127.0.0.4', ['hanako@example.test', 'kenji@example.test']);
  for (const [at, name] of ['hanako', 'kenji'].entries())
    expect(
      first[3 + at] ===
        `450 4.2.0 <${name}@example.test>: Recipient address rejected: Greylisted, come again`,
      `${first.join('\n')}\n${daemon.text.slice(-1000)}`,
    );
  // The connection that we kept is gone, too; what it knows is not.
  await stopDaemon(daemon);
  await startPostgrey(directory);
  await sleep(2500);
  const second = await attempt('127.0.0.4');
  expect(second.at(-2).startsWith('250 2.0.0 Ok: queued'), second.join('\n'));
  const [message] = await arrived(maildir);
  expect(
    /^X-Greylist: delayed \d+ seconds by postgrey-\S+ at mail\.example\.test; /m.test(message),
    `no X-Greylist:\n${message}`,
  );
  // Our own networks are not asked about.
  const own = await attempt('127.0.0.1');
  expect(own.at(-2).startsWith('250 2.0.0 Ok: queued'), own.join('\n'));
  await arrived(maildir, 2);
  await logged(
    instance,
    /NOQUEUE: reject: RCPT from client\.example\.test\[127\.0\.0\.4\]: 450 4\.2\.0 <hanako@example\.test>: Recipient address rejected: Greylisted, come again; from=<a@sender\.example> to=<hanako@example\.test> proto=ESMTP helo=<client\.example>$/,
  );
  return 'a stranger is told 450 4.2.0 Greylisted, and taken the second time, with X-Greylist, also when postgrey was restarted meanwhile; our own mail at once';
}

const spfRecord = (name, data) => ({ [name]: [{ type: 'TXT', data }] });
/** policyd-spf of Debian, with its own lines of master.cf and main.cf. */
const spfZone = {
  ...spfRecord('spf.example', 'v=spf1 ip4:192.0.2.25 -all'),
  ...spfRecord('soft.example', 'v=spf1 ip4:192.0.2.25 ~all'),
};

async function spf({ instance, base }) {
  const maildir = emptied(base);
  await instance.configure({
    main: {
      smtpd_recipient_restrictions:
        'permit_mynetworks, reject_unauth_destination, check_policy_service unix:private/policyd-spf',
      'policyd-spf_time_limit': '3600',
      smtpd_authorized_xclient_hosts: '127.0.0.1',
    },
    extraMaster:
      'policyd-spf unix - n n - 0 spawn\n  user=policyd-spf argv=/usr/bin/policyd-spf @etc@/spf.conf\n',
    files: {
      'spf.conf':
        'debugLevel = 1\nTestOnly = 1\nHELO_reject = Fail\nMail_From_reject = Fail\n' +
        'PermError_reject = False\nTempError_Defer = False\nskip_addresses = 127.0.0.0/8,::1\n',
    },
  });
  await instance.start();
  const attempt = async (address, domain) => {
    const transcript = await speak(instance.port, [
      `XCLIENT NAME=[UNAVAILABLE] ADDR=${address} HELO=helo.example`,
      'EHLO helo.example',
      `MAIL FROM:<a@${domain}>`,
      'RCPT TO:<hanako@example.test>',
      'DATA',
      content(text),
      'QUIT',
    ]);
    return transcript.map(({ replies }) => replies[0]);
  };
  const results = [];
  for (const [address, domain] of [
    ['192.0.2.25', 'spf.example'],
    ['192.0.2.26', 'soft.example'],
    ['192.0.2.26', 'none.example'],
  ]) {
    const said = await attempt(address, domain);
    expect(said.at(-2).startsWith('250 2.0.0 Ok: queued'), said.join('\n'));
    await arrived(maildir, results.length + 1);
    const fresh = messagesIn(maildir).find((message) => message.includes(`<a@${domain}>`));
    const header = /^Received-SPF: (\w+) /m.exec(fresh ?? '');
    results.push(header?.[1]);
  }
  expect(results.join() === 'Pass,Softfail,None', `Received-SPF: ${results.join()}`);
  const refused = await attempt('192.0.2.26', 'spf.example');
  expect(
    /^550 5\.7\.23 <hanako@example\.test>: Recipient address rejected: Message rejected due to: SPF fail/.test(
      refused[4],
    ),
    refused.join('\n'),
  );
  return 'by spawn on a UNIX socket: -all is refused with 550 5.7.23; others get Received-SPF: Pass, Softfail, None';
}

const [forwardPort, reversePort] = [26111, 26112];

/** A message that an alias sends on, and the bounce of it that comes back: both by rewritten addresses. */
async function rewriteSenders({ instance, base }) {
  const secret = path.join(base, 'postsrsd.secret');
  writeFileSync(secret, 'not a secret\n');
  const daemon = startDaemon('/usr/sbin/postsrsd', [
    '-4',
    '-dexample.test',
    `-s${secret}`,
    `-f${forwardPort}`,
    `-r${reversePort}`,
    '-l127.0.0.1',
  ]);
  for (const port of [forwardPort, reversePort]) await waitForPort(port, 10_000, () => daemon.text);
  const peer = await startPeer(25, {}, '127.0.0.9');
  try {
    await instance.configure({
      main: {
        sender_canonical_maps: `tcp:127.0.0.1:${forwardPort}`,
        sender_canonical_classes: 'envelope_sender',
        recipient_canonical_maps: `tcp:127.0.0.1:${reversePort}`,
        recipient_canonical_classes: 'envelope_recipient, header_recipient',
        virtual_alias_maps: 'inline:{ away@example.test=someone@good.example }',
      },
    });
    await instance.start();
    const heard = async () => {
      const session = await until(() => peer.take().at(-1), 'the next hop heard nothing');
      await until(
        () => session.includes('QUIT'),
        () => session.join('\n'),
      );
      return session;
    };
    const found = (lines, pattern) => lines.map((line) => pattern.exec(line)?.[1]).find(Boolean);
    await send(instance, { from: 'a@aonly.example', to: 'away@example.test' });
    const sent = await heard();
    const sender = found(sent, /^MAIL FROM:<(.*?)>/);
    expect(/^SRS0=\S{4}=\w\w=aonly\.example=a@example\.test$/.test(sender), `sender ${sender}`);
    await send(instance, { from: 'kenji@example.test', to: 'away@example.test' });
    const own = found(await heard(), /^MAIL FROM:<(.*?)>/);
    expect(own === 'kenji@example.test', `our own sender became ${own}`);
    await send(instance, { from: '', to: sender });
    const back = found(await heard(), /^RCPT TO:<(.*?)>/);
    expect(back === 'a@aonly.example', `the bounce went to ${back}`);
    const forged = await speak(instance.port, [
      'EHLO client.example',
      'MAIL FROM:<>',
      `RCPT TO:<${sender.replace(/^SRS0=..../, 'SRS0=AAAA')}>`,
      'QUIT',
    ]);
    const refused = forged[3].replies[0];
    expect(refused.startsWith('550 5.1.1 '), `a forged address was answered ${refused}`);
    return `sender ${sender} outside, its bounces go back to ${back}; a forged one is refused with 550 5.1.1`;
  } finally {
    peer.stop();
  }
}

export const rows = [
  {
    name: 'postgrey as a policy server',
    needs: { '/usr/sbin/postgrey': 'postgrey' },
    run: greylist,
  },
  {
    name: 'policyd-spf as a policy server',
    needs: { '/usr/bin/policyd-spf': 'postfix-policyd-spf-python' },
    zone: spfZone,
    run: spf,
  },
  {
    name: 'postsrsd by tcp: tables',
    needs: { '/usr/sbin/postsrsd': 'postsrsd' },
    run: rewriteSenders,
  },
];
