/** milters - opendkim signs and verifies; rspamd refuses what it should. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { content, from, speak } from '../support/dialogue.js';
import { accountId, run, waitForPort } from '../support/servers.js';
import { startDaemon } from './daemon.js';

const signerPort = 8891;
const verifierPort = 8892;
const rspamdPort = 11332;

const message = (subject, body) =>
  `From: Oyaji <oyaji@example.test>\nTo: hanako@example.test\nSubject: ${subject}\n` +
  `Message-Id: <${subject}@example.test>\nDate: Tue, 24 Nov 2026 09:05:04 +0000\n\n${body}`;

const send = (steps) => ['EHLO client.example', ...steps, 'QUIT'];
const deliver = (text) =>
  send(['MAIL FROM:<oyaji@example.test>', 'RCPT TO:<hanako@example.test>', 'DATA', content(text)]);

/** Messages in hanako's Maildir, when there are `count` of them. */
async function arrived(base, count) {
  const directory = path.join(base, 'home/hanako/Maildir/new');
  for (let waited = 0; waited < 150; waited += 1) {
    const names = existsSync(directory) ? readdirSync(directory) : [];
    if (names.length >= count)
      return names.map((name) => readFileSync(path.join(directory, name), 'latin1'));
    await sleep(100);
  }
  throw new Error(`no ${count} messages in ${directory}`);
}

function expect(isTrue, text) {
  if (!isTrue) throw new Error(text);
}

async function signAndVerify({ instance, base }) {
  const directory = path.join(base, 'dkim');
  mkdirSync(directory);
  const key = path.join(directory, 'sel.private');
  const made = await run('openssl', ['genrsa', '-out', key, '2048']);
  expect(made.status === 0, made.stderr);
  const shown = await run('openssl', ['rsa', '-in', key, '-pubout']);
  const publicKey = shown.stdout.replace(/-----.*-----|\s/g, '');
  writeFileSync(
    path.join(directory, 'keys'),
    `sel._domainkey.example.test v=DKIM1; k=rsa; p=${publicKey}\n`,
  );
  const start = (name, port, lines) => {
    const file = path.join(directory, `${name}.conf`);
    writeFileSync(
      file,
      `Background no\nSyslog no\nRequireSafeKeys no\nUserID root\nSocket inet:${port}@127.0.0.1\n${lines.join('\n')}\n`,
    );
    return startDaemon('/usr/sbin/opendkim', ['-f', '-x', file]);
  };
  const daemons = [
    start('sign', signerPort, [
      'Mode s',
      'Domain example.test',
      'Selector sel',
      `KeyFile ${key}`,
      'Canonicalization relaxed/simple',
    ]),
    start('verify', verifierPort, [
      'Mode v',
      'AuthservID mail.example.test',
      `TestPublicKeys ${path.join(directory, 'keys')}`,
    ]),
  ];
  for (const port of [signerPort, verifierPort])
    await waitForPort(port, 10_000, () => daemons.map(({ text }) => text).join(''));
  await instance.configure({
    main: {
      smtpd_milters: `inet:127.0.0.1:${signerPort}`,
      non_smtpd_milters: `inet:127.0.0.1:${signerPort}`,
      smtpd_milter_maps: `inline:{ 127.0.0.2=inet:127.0.0.1:${verifierPort} }`,
    },
  });
  await instance.start();
  const body = 'hello\n\n  two blanks before\n.a dot\nlast line\n\n\n';
  await speak(instance.port, deliver(message('by-smtp', body.replace('\n.a', '\n..a'))));
  const submitted = await instance.run('sendmail', ['-i', '-f', 'oyaji@example.test', 'hanako'], {
    input: message('by-sendmail', body),
  });
  expect(submitted.status === 0, submitted.stderr);
  const signed = await arrived(base, 2);
  for (const text of signed)
    expect(/^DKIM-Signature: v=1; a=rsa-sha256;/m.test(text), `not signed:\n${text}`);
  // What was delivered comes in again, from a client whose filter verifies.
  const withoutTop = (text) => text.slice(text.indexOf('\nDKIM-Signature:') + 1);
  for (const text of signed)
    await speak(instance.port, [
      from('127.0.0.2'),
      ...deliver(withoutTop(text).replace(/^\./gm, '..')),
    ]);
  await speak(instance.port, [
    from('127.0.0.2'),
    ...deliver(withoutTop(signed[0]).replace(/^\./gm, '..').replace('hello', 'Hello')),
  ]);
  const all = await arrived(base, 5);
  const results = all
    .map((text) => /^Authentication-Results: mail\.example\.test;\s+dkim=(\w+)/m.exec(text)?.[1])
    .filter((result) => result !== undefined)
    .sort();
  expect(results.join() === 'fail,pass,pass', `verified: ${results.join()}\n${all.at(-1)}`);
  return 'mail by SMTP and by sendmail is signed; both signatures verify, one of a changed body does not';
}

async function refuseSpam({ instance, base }) {
  const directory = path.join(base, 'rspamd');
  const owner = accountId('_rspamd');
  for (const name of ['', 'db', 'run', 'log']) {
    mkdirSync(path.join(directory, name), { recursive: true });
    chmodSync(path.join(directory, name), 0o755);
    chownSync(path.join(directory, name), owner.uid, owner.gid);
  }
  const file = path.join(directory, 'rspamd.conf');
  writeFileSync(
    file,
    `options { pidfile = "${directory}/run/pid"; filters = ""; gtube_patterns = "all";\n` +
      `  dns { nameserver = ["127.0.0.153"]; } hs_cache_dir = "${directory}/db"; }\n` +
      `logging { type = "file"; filename = "${directory}/log/rspamd.log"; level = "info"; }\n` +
      'actions { reject = 15; add_header = 6; }\n' +
      `worker "rspamd_proxy" { bind_socket = "127.0.0.1:${rspamdPort}"; milter = yes; count = 1;\n` +
      '  timeout = 60s; upstream "local" { default = yes; self_scan = yes; } }\n',
  );
  const daemon = startDaemon('/usr/bin/rspamd', [
    '-f',
    '-u',
    '_rspamd',
    '-g',
    '_rspamd',
    '-c',
    file,
    `--var=DBDIR=${directory}/db`,
    `--var=RUNDIR=${directory}/run`,
    `--var=LOGDIR=${directory}/log`,
  ]);
  const logFile = path.join(directory, 'log/rspamd.log');
  const log = () => daemon.text + (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  await waitForPort(rspamdPort, 30_000, log);
  await instance.configure({ main: { smtpd_milters: `inet:127.0.0.1:${rspamdPort}` } });
  await instance.start();
  const before = existsSync(path.join(base, 'home/hanako/Maildir/new'))
    ? readdirSync(path.join(base, 'home/hanako/Maildir/new')).length
    : 0;
  const gtube = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\n';
  const refused = await speak(instance.port, deliver(message('spam', gtube)));
  const answer = refused.at(-2).replies[0];
  expect(
    answer === '554 5.7.1 Gtube pattern',
    `GTUBE was answered ${answer}\n${log().slice(-2000)}`,
  );
  const taken = await speak(instance.port, deliver(message('ham', 'good morning\n')));
  expect(taken.at(-2).replies[0].startsWith('250 2.0.0 Ok'), taken.at(-2).replies[0]);
  await arrived(base, before + 1);
  expect(
    /milter-reject: END-OF-MESSAGE from localhost\[127\.0\.0\.1\]: 5\.7\.1 Gtube pattern; from=</.test(
      instance.log(),
    ),
    'no milter-reject line in the log',
  );
  return 'GTUBE is refused with 554 5.7.1 Gtube pattern, other mail arrives';
}

export const rows = [
  {
    name: 'opendkim as a milter',
    needs: { '/usr/sbin/opendkim': 'opendkim', openssl: 'openssl' },
    run: signAndVerify,
  },
  { name: 'rspamd as a milter', needs: { '/usr/bin/rspamd': 'rspamd' }, run: refuseSpam },
];
