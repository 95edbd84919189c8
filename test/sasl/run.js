/**
 * run - SMTP AUTH with the real programs: saslauthd on shadow and on PAM, sasldb, Dovecot; real clients; and each
 * dialogue beside Debian's Postfix.
 *
 *   npm run test:sasl [-- --keep --install --only WORD]
 *
 * --only  back ends whose name holds the word, or tls; some eight minutes without it, for saslauthd lets each failure wait
 */
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { speak } from '../support/dialogue.js';
import { isolate, needPrograms } from '../support/isolation.js';
import { accountId, drivers, Instance, run } from '../support/servers.js';
import { clients } from './clients.js';
import { startTokenServer, tokenSettings } from './token-server.js';
import { externalConfig, overTls, serverFiles, tlsMasterLines, tlsSettings } from './over-tls.js';
import { backEnds, dialogues, isMeant, masterLines, mechanismsOf, succeeds } from './dialogues.js';

needPrograms({
  '/usr/sbin/postfix': 'postfix',
  '/usr/sbin/saslauthd': 'sasl2-bin',
  '/usr/lib/x86_64-linux-gnu/sasl2/libscram.so': 'libsasl2-modules',
  '/usr/sbin/dovecot': 'dovecot-core',
  swaks: 'swaks',
  '/usr/share/perl5/Authen/SASL.pm': 'libauthen-sasl-perl',
  '/usr/share/perl5/Digest/HMAC_MD5.pm': 'libdigest-hmac-perl',
  msmtp: 'msmtp',
  curl: 'curl',
  mutt: 'mutt',
  gsasl: 'gsasl',
  'fail2ban-regex': 'fail2ban',
});
const { base } = await isolate(import.meta.url, { keep: process.argv.includes('--keep') });
const only = process.argv[process.argv.indexOf('--only') + 1] ?? '';
const isWanted = (backEnd) => !process.argv.includes('--only') || backEnd.includes(only);
const failures = [];
let count = 0;
const check = (name, isRight, detail = '') => {
  count += 1;
  if (!isRight) failures.push(`${name}${detail === '' ? '' : `\n    ${detail}`}`);
};

/** Starts a daemon that stays in the foreground; ends with us. */
const daemons = [];
function daemon(file, args) {
  // A process group of its own: saslauthd, when it ends, ends its whole group.
  const child = spawn(file, args, { stdio: 'ignore', detached: true });
  daemons.push(child);
}
process.on('exit', () => {
  for (const child of daemons) child.kill('SIGTERM');
});

async function waitForFile(file) {
  for (let tries = 0; tries < 100 && !existsSync(file); tries += 1) await sleep(100);
  if (!existsSync(file)) throw new Error(`${file} does not come`);
}

// One account, by each of the ways: the same name and password everywhere.
const hash = await run('perl', ['-e', 'print crypt("pw1", q($y$j9T$abcdefghijklmnop$))']);
if (!hash.stdout.startsWith('$y$')) throw new Error('perl gives no yescrypt hash');
writeFileSync(
  '/etc/shadow',
  readFileSync('/etc/shadow', 'utf8').replace(/^oyaji:[^:]*:/m, `oyaji:${hash.stdout}:`),
);

/**
 * True: the accounts were gone, and are back. When somebody outside makes an account, /etc/shadow is replaced, and the
 * kernel then drops our private one from its place.
 */
async function restoreAccounts() {
  if (readFileSync('/etc/shadow', 'utf8').includes(hash.stdout)) return false;
  for (const name of ['passwd', 'group', 'shadow'])
    await run('mount', ['--bind', path.join(base, `etc-${name}`), `/etc/${name}`]);
  if (!readFileSync('/etc/shadow', 'utf8').includes(hash.stdout))
    throw new Error('the accounts of this machine changed during the run: start it again');
  restored += 1;
  return true;
}
let restored = 0;

for (const kind of ['shadow', 'pam']) {
  const place = path.join(base, kind);
  mkdirSync(place, { mode: 0o755 });
  daemon('/usr/sbin/saslauthd', ['-d', '-a', kind, '-m', place, '-n', '2']);
}
const postfix = accountId('postfix');
const ours = drivers.hikyaku.command;
const realm = 'mail.example.test';
async function addAccount(program, file, args = []) {
  const made = await run(program, ['-p', '-c', ...args, '-f', file, '-u', realm, 'oyaji'], {
    input: 'pw1\n',
  });
  check(`${program} makes an account`, made.status === 0, made.stderr);
  chownSync(file, 0, postfix.gid);
  chmodSync(file, 0o640);
}
const dbs = ['debian.db', 'ours.db', 'safe.db'].map((name) => path.join(base, name));
await addAccount('/usr/sbin/saslpasswd2', dbs[0]);
await addAccount(ours('saslpasswd2'), dbs[1]);
await addAccount(ours('saslpasswd2'), dbs[2], ['-n']);
for (const program of ['/usr/sbin/sasldblistusers2', ours('sasldblistusers2')])
  for (const db of dbs.slice(0, 2)) {
    const listed = await run(program, ['-f', db]);
    check(
      `${program} lists ${path.basename(db)}`,
      listed.stdout === `oyaji@${realm}: userPassword\n`,
      listed.stdout + listed.stderr,
    );
  }

mkdirSync(path.join(base, 'dovecot'), { mode: 0o755 });
writeFileSync(path.join(base, 'dovecot/users'), 'oyaji:{PLAIN}pw1::::::\n', { mode: 0o644 });
writeFileSync(path.join(base, 'dovecot/oauth2.conf'), tokenSettings, { mode: 0o644 });
await startTokenServer();
writeFileSync(
  path.join(base, 'dovecot.conf'),
  `base_dir = ${base}/dovecot/run
log_path = ${base}/dovecot/log
protocols =
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 xoauth2 oauthbearer
auth_failure_delay = 0
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${base}/dovecot/oauth2.conf
}
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%n ${base}/dovecot/users
}
userdb {
  driver = static
  args = uid=20001 gid=20001 home=/nonexistent
}
service auth {
  unix_listener ${base}/dovecot/auth {
    mode = 0666
  }
  inet_listener {
    address = 127.0.0.1
    port = 12345
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`,
);
daemon('/usr/sbin/dovecot', ['-F', '-c', path.join(base, 'dovecot.conf')]);
await waitForFile(path.join(base, 'dovecot/auth'));
await waitForFile(path.join(base, 'shadow/mux'));
await waitForFile(path.join(base, 'pam/mux'));

const files = await serverFiles(base);
const conf = (text) => text.replaceAll('@base@', base);
const both = [new Instance(drivers.postfix, base, 2525), new Instance(drivers.hikyaku, base, 2526)];
for (const instance of both) {
  mkdirSync(path.join(instance.etc, 'sasl'), { recursive: true });
  for (const [name, { config }] of Object.entries(backEnds))
    if (config) writeFileSync(path.join(instance.etc, `sasl/${name}.conf`), conf(config));
  writeFileSync(path.join(instance.etc, 'sasl/external.conf'), externalConfig(base));
  await instance.configure({
    main: {
      mynetworks: '192.0.2.0/24',
      smtpd_sasl_auth_enable: 'yes',
      broken_sasl_auth_clients: 'yes',
      cyrus_sasl_config_path: '@etc@/sasl',
      smtpd_peername_lookup: 'no',
      smtpd_error_sleep_time: '0',
      smtpd_soft_error_limit: '100',
      smtpd_hard_error_limit: '100',
      local_recipient_maps: '',
      transport_maps: 'inline:{far.test=discard:, example.test=discard:}',
      ...tlsSettings(files),
      ...(instance.name === 'hikyaku' ? { smtpd_client_auth_failure_limit: '0' } : {}),
    },
    extraMaster: masterLines(base) + tlsMasterLines(base),
  });
  await instance.start();
}
const [reference, tested] = both;

const transcript = (rows) =>
  rows.map(({ label, replies }) => [label, replies.join(' ').replace(/^334 .{30,}/, '334 …')]);
for (const { backEnd, name, steps } of dialogues.filter((row) => isWanted(row.backEnd))) {
  const port = (instance) => Number(`${instance.port}${backEnds[backEnd].port}`);
  const both = async () => [
    transcript(await speak(port(reference), steps)),
    transcript(await speak(port(tested), steps)),
  ];
  await restoreAccounts();
  let [left, right] = await both();
  if (await restoreAccounts()) [left, right] = await both();
  // Equal is not enough: both could be wrong.
  const logsIn = right.some(([, reply]) => reply.startsWith('235'));
  check(
    `${backEnd}/${name}: ${succeeds.has(name) ? 'logs in' : 'does not log in'}`,
    logsIn === succeeds.has(name),
  );
  left.forEach(([label, theirs], index) => {
    const mine = right[index]?.[1] ?? '(nothing)';
    const isEqual =
      theirs.replaceAll(' NTLM', '').replace(/queued as .*/, '') ===
      mine.replace(/queued as .*/, '');
    check(
      `${backEnd}/${name}: ${label}`,
      isEqual || isMeant(backEnd, label, theirs, mine),
      `Postfix: ${theirs}\n    ours:    ${mine}`,
    );
  });
}

for (const [backEnd, { port }] of Object.entries(backEnds)) {
  if (!isWanted(backEnd)) continue;
  for (const client of clients) {
    for (const mechanism of mechanismsOf(backEnd).filter((name) =>
      client.mechanisms.includes(name),
    )) {
      if (client.without?.includes(`${mechanism} ${backEnd}`)) continue;
      for (const password of ['pw1', 'bad']) {
        const send = () =>
          client.send({
            port: Number(`${tested.port}${port}`),
            mechanism,
            user: 'oyaji',
            password,
            base,
          });
        await restoreAccounts();
        let result = await send();
        if (await restoreAccounts()) result = await send();
        const isRight = (result.status === 0) === (password === 'pw1');
        check(
          `${client.name}, ${mechanism}, ${backEnd}, ${password === 'pw1' ? 'right' : 'wrong'} password`,
          isRight,
          `${result.stdout}${result.stderr}`.slice(-600),
        );
      }
    }
  }
}

if (isWanted('tls')) await overTls({ tested, base, files, check });

await sleep(500);
const log = tested.log();
for (const mechanism of isWanted('sasldb') ? ['PLAIN', 'LOGIN', 'CRAM-MD5', 'DIGEST-MD5'] : [])
  check(
    `the log names the login by ${mechanism}`,
    log.includes(`sasl_method=${mechanism}, sasl_username=oyaji`),
  );
const found = await run('fail2ban-regex', [tested.logFile, 'postfix[mode=auth]']);
const matched = Number(/(\d+) matched/.exec(found.stdout)?.[1] ?? 0);
const failed = log.split('authentication failed: authentication failure').length - 1;
if (isWanted('sasldb'))
  check('fail2ban finds the failures', matched >= failed && failed > 10, `${matched} of ${failed}`);

for (const instance of both) await instance.stop();
if (restored > 0) console.log(`accounts were put back ${restored} times: others changed them`);
console.log(`${count} checks, ${failures.length} failed`);
for (const failure of failures) console.log(`- ${failure}`);
process.exit(failures.length === 0 ? 0 : 1);
