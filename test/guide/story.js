/**
 * story - a day of the server that the guide's first part of main.cf describes (up to SMTP AUTH).
 *
 * Only paths, names and ports are adjusted. Mail for all four names of mydestination arrives, an
 * outsider cannot relay, the guide's aliases deliver, and the queue behaves at a next hop that
 * says 4xx and one that says 5xx. One line of the next chapter is there, too: without a relay
 * decision no Postfix since 2.10 answers at all.
 *
 * check(claim, isTrue, shown): what the guide promises. note(title, text): what both servers must
 * say in the same words.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { content, speak } from '../support/dialogue.js';
import { accounts } from '../support/isolation.js';

const guide = `
# --- basic ---------------------------------------------------------------
myhostname = mail.aconus.com
mydomain = aconus.com
myorigin = $myhostname
inet_interfaces = all
mydestination = $myhostname, localhost.$mydomain, localhost, $mydomain
mynetworks =  192.168.0.0/23, 127.0.0.0/8
relay_domains = $mydestination
home_mailbox = Maildir/
sendmail_path = /usr/sbin/sendmail
# adjusted: the place of the aliases
alias_maps = hash:@etc@/aliases
alias_database = hash:@etc@/aliases
`;
const relayDecision =
  'smtpd_recipient_restrictions = permit_mynetworks,permit_sasl_authenticated,reject_unauth_destination\n';
const aliases = `mailer-daemon: postmaster
postmaster:    root
root:          oyaji
postfix:       oyaji
`;
const master = `@port@ inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`;

export const outsideAddress = '10.99.0.7';

/** @param {{ server, place, later, refuse, check, note }} given later, refuse: the next hops */
export async function tellStory({ server, place, later, refuse, check, note }) {
  const newMail = path.join(place.home, 'oyaji/Maildir/new');
  const messages = () =>
    existsSync(newMail)
      ? readdirSync(newMail).map((name) => ({
          name,
          stats: statSync(path.join(newMail, name)),
          text: readFileSync(path.join(newMail, name), 'latin1'),
        }))
      : [];

  async function arrival(subject, number = 1) {
    for (let waited = 0; waited < 200; waited += 1) {
      const found = messages().filter(({ text }) => text.includes(`Subject: ${subject}\n`));
      if (found.length >= number) return found;
      await sleep(50);
    }
    return messages().filter(({ text }) => text.includes(`Subject: ${subject}\n`));
  }

  async function until(condition, seconds = 10) {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50))
      if (await condition()) return true;
    return false;
  }

  const speaks = async (title, steps, options) => {
    const transcript = await speak(server.port, steps, options);
    note(
      title,
      transcript.map(({ label, replies }) => `${label}\n  ${replies.join('\n  ')}`).join('\n'),
    );
    return transcript;
  };
  const outside = (title, steps) =>
    speaks(title, [{ is: 'from', address: outsideAddress }, ...steps], { host: outsideAddress });
  const runs = async (title, program, args = [], options = {}) => {
    const result = await server.run(program, args, options);
    note(title, `exit ${result.status}\n${result.stdout}${result.stderr}`);
    return result;
  };
  const last = (transcript, at = -1) => transcript.at(at)?.replies.join('\n') ?? '';
  const mailTo = (recipient, subject, sender = 'friend@sender.example') => [
    'EHLO client.example',
    `MAIL FROM:<${sender}>`,
    `RCPT TO:<${recipient}>`,
    'DATA',
    content(`From: ${sender}\nSubject: ${subject}\n\nhello\n`),
    'QUIT',
  ];

  await server.configure({
    bare: true,
    text: `${guide}${relayDecision}`,
    master,
    files: { aliases },
  });
  const newaliases = await runs('newaliases', 'newaliases');
  check('newaliases makes the alias database', newaliases.status === 0, newaliases.stderr);
  await server.start();
  const status = await server.run('postfix', ['-c', server.etc, 'status']);
  note('postfix status', `exit ${status.status}`);
  check('postfix status says that it runs', status.status === 0, status.stderr);

  for (const domain of ['mail.aconus.com', 'localhost.aconus.com', 'localhost', 'aconus.com']) {
    const subject = `to ${domain}`;
    const transcript = await outside(`mail to ${domain}`, mailTo(`oyaji@${domain}`, subject));
    check(
      `an outsider's mail for oyaji@${domain} is taken`,
      /^250 2\.0\.0 Ok: queued as \w+$/.test(last(transcript, -2)),
      JSON.stringify(transcript, undefined, 1),
    );
    const [message] = await arrival(subject);
    check(`it arrives in ~/Maildir/new`, message !== undefined, server.log().slice(-2000));
    if (message === undefined) continue;
    const lines = message.text.split('\n');
    // append_dot_mydomain, on without compatibility_level
    const completed = domain === 'localhost' ? 'localhost.aconus.com' : domain;
    check(
      'Return-Path, X-Original-To, Delivered-To and Received stand at its head',
      lines[0] === 'Return-Path: <friend@sender.example>' &&
        lines[1] === `X-Original-To: oyaji@${domain}` &&
        lines[2] === `Delivered-To: oyaji@${completed}` &&
        lines[3] === `Received: from client.example (unknown [${outsideAddress}])` &&
        /^\tby mail\.aconus\.com \(Postfix\) with ESMTP id \w+$/.test(lines[4] ?? '') &&
        /^\tfor <oyaji@[\w.]+>; \w{3}, [ \d]\d \w{3} \d{4} [\d:]{8} [-+]\d{4} \(\w+\)$/.test(
          lines[5] ?? '',
        ),
      lines.slice(0, 7).join('\n'),
    );
    check(
      'the file is 0600 and belongs to oyaji',
      (message.stats.mode & 0o7777) === 0o600 && message.stats.uid === accounts.oyaji,
      `${(message.stats.mode & 0o7777).toString(8)} ${message.stats.uid}`,
    );
    check(
      'its name is that of Postfix',
      /^\d+\.V[0-9a-f]+I[0-9a-f]+M\d+\.\S+$/.test(message.name),
      message.name,
    );
  }
  const maildir = statSync(path.dirname(newMail), { throwIfNoEntry: false });
  check(
    'the Maildir is 0700',
    ((maildir?.mode ?? 0) & 0o7777) === 0o700,
    maildir?.mode.toString(8),
  );

  const relaying = await outside(
    'relaying',
    mailTo('x@far.example', 'relay').slice(0, 3).concat('QUIT'),
  );
  check(
    "an outsider's relay attempt gets 554 5.7.1",
    last(relaying, -2) === '554 5.7.1 <x@far.example>: Relay access denied',
    last(relaying, -2),
  );
  const unknown = await outside(
    'an unknown user',
    mailTo('ghost@aconus.com', 'x').slice(0, 3).concat('QUIT'),
  );
  check(
    'an unknown user gets 550 5.1.1',
    last(unknown, -2) ===
      '550 5.1.1 <ghost@aconus.com>: Recipient address rejected: User unknown in local recipient table',
    last(unknown, -2),
  );

  for (const alias of ['mailer-daemon', 'postmaster', 'root', 'postfix']) {
    const subject = `alias ${alias}`;
    await outside(`mail to ${alias}`, mailTo(`${alias}@aconus.com`, subject));
    const [message] = await arrival(subject);
    check(
      `mail for ${alias} comes to oyaji`,
      message?.text.includes(`\nDelivered-To: ${alias}@aconus.com\n`) === true,
      message?.text.split('\n').slice(0, 4).join('\n') ?? server.log().slice(-1500),
    );
  }

  const local = await runs('sendmail', 'sendmail', ['-C', server.etc, 'oyaji'], {
    input: 'Subject: by sendmail\n\nhello\n',
    user: accounts.hanako,
    env: { USER: 'hanako', LOGNAME: 'hanako' },
  });
  check('sendmail takes mail of an ordinary user', local.status === 0, local.stderr);
  const [submitted] = await arrival('by sendmail');
  check(
    'its sender is completed by myorigin',
    submitted?.text.includes('Return-Path: <hanako@mail.aconus.com>') === true &&
      submitted.text.includes(
        `Received: by mail.aconus.com (Postfix, from userid ${accounts.hanako})`,
      ) &&
      /^From: (?:hanako@mail\.aconus\.com|hanako <hanako@mail\.aconus\.com>)$/m.test(
        submitted.text,
      ),
    submitted?.text ?? server.log().slice(-1500),
  );

  const sender = 'oyaji@mail.aconus.com';
  await speaks('mail for a host that says 450', mailTo('x@later.example', 'later', sender));
  const deferred = await until(() => server.log().includes('status=deferred'));
  check('a next hop that says 450 defers the message', deferred, server.log().slice(-1500));
  const mailq = await runs('mailq with a message', 'mailq');
  check(
    'mailq shows it with the reason',
    mailq.status === 0 &&
      mailq.stdout.includes('x@later.example') &&
      mailq.stdout.includes(
        'host mx.later.example[127.0.0.21] said: 450 4.2.0 mailbox busy (in reply to RCPT TO command)',
      ) &&
      /^-- \d+ Kbytes in 1 Request\.$/m.test(mailq.stdout),
    mailq.stdout + mailq.stderr,
  );
  later.take();
  const flush = await runs('postqueue -f', 'postqueue', ['-c', server.etc, '-f']);
  check('postqueue -f ends with 0', flush.status === 0, flush.stderr);
  check(
    'postqueue -f makes another attempt at once',
    await until(() => later.take().length > 0),
    server.log().slice(-1500),
  );

  await speaks('mail for a host that says 550', mailTo('x@refuse.example', 'refused', sender));
  const [bounce] = await arrival('Undelivered Mail Returned to Sender');
  check(
    'a next hop that says 550 returns the message to its sender',
    bounce?.text.includes('Diagnostic-Code: smtp; 550 5.1.1 no such user') === true &&
      bounce.text.includes('Return-Path: <>\n') &&
      bounce.text.includes('Status: 5.1.1'),
    bounce?.text ?? server.log().slice(-2000),
  );

  const removed = await runs('postsuper -d ALL', 'postsuper', ['-c', server.etc, '-d', 'ALL']);
  check('postsuper -d ALL empties the queue', removed.status === 0, removed.stderr);
  check(
    'mailq says so',
    await until(async () => (await server.run('mailq')).stdout === 'Mail queue is empty\n'),
    (await server.run('mailq')).stdout,
  );

  await server.stop();
  const gone = await server.run('postfix', ['-c', server.etc, 'status']);
  note('postfix status when it is stopped', `exit ${gone.status}`);
  check('postfix status says that it is stopped', gone.status !== 0);
  const waiting = await runs(
    'sendmail without server',
    'sendmail',
    ['-C', server.etc, '-f', sender, 'oyaji'],
    {
      input: 'Subject: while down\n\nhello\n',
    },
  );
  check('sendmail takes mail while the server is down', waiting.status === 0, waiting.stderr);
  await server.start();
  check(
    'and the server delivers it when it is back',
    (await arrival('while down')).length === 1,
    server.log().slice(-1500),
  );
  await server.stop();
}
