/**
 * complete - the very files the guide ends with, in /etc/postfix, on the guide's own ports: Debian's Postfix and
 * Hikyaku in turn.
 *
 *   npm run test:guide:complete [-- --keep]
 *
 * What differs from the guide: the certificates' directory; two lines for the log; for the running server (not for
 * postconf) the guide's own btree: line in the place of sdbm:, which Debian's Postfix has not, and the services of the
 * stock master.cf that the guide's extract leaves out.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startDaemon, endDaemons } from '../peers/daemon.js';
import { textDifference, Report } from '../support/compare.js';
import { startDns } from '../support/dns-server.js';
import { isolate, needPrograms } from '../support/isolation.js';
import { drivers, innerServices, run, waitForPort } from '../support/servers.js';

needPrograms({
  '/usr/sbin/postfix': 'postfix',
  '/usr/sbin/saslauthd': 'sasl2-bin',
  swaks: 'swaks libio-socket-ssl-perl libauthen-sasl-perl',
  ip: 'iproute2',
});
const { base, home, namespace } = await isolate(import.meta.url, {
  keep: process.argv.includes('--keep'),
});
if (!namespace) {
  console.error('complete: this takes /etc/postfix and port 25, so it needs unshare(1) to work');
  process.exit(1);
}
await startDns();

const guide = fileURLToPath(new URL('files/', import.meta.url));
const outside = '10.99.0.7';
const system = (file, ...args) =>
  execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const report = new Report(fileURLToPath(new URL('meant-complete.json', import.meta.url)));
let failed = 0;
let passed = 0;
function check(claim, isTrue, shown = '') {
  if (isTrue) passed += 1;
  else failed += 1;
  console.log(`${isTrue ? 'ok  ' : 'FAIL'} ${claim}`);
  if (!isTrue) console.log(String(shown).replace(/^/gm, '       '));
}

/** The system's directories become this run's own; the namespace keeps it so. */
function prepare() {
  system('ip', 'addr', 'add', `${outside}/32`, 'dev', 'lo');
  for (const [name, place] of [
    ['spool', '/var/spool/postfix'],
    ['data', '/var/lib/postfix'],
  ]) {
    mkdirSync(path.join(base, name));
    system('mount', '--bind', path.join(base, name), place);
  }
  system('chown', 'postfix', '/var/lib/postfix');
  system('mount', '-t', 'tmpfs', 'none', '/run');
  mkdirSync('/run/saslauthd', { mode: 0o755 });
  system('mount', '-t', 'tmpfs', 'none', '/usr/lib/sasl2');
  copyFileSync(path.join(guide, 'smtpd.conf'), '/usr/lib/sasl2/smtpd.conf');
  copyFileSync(path.join(guide, 'aliases'), '/etc/aliases');
  appendFileSync('/etc/services', 'smtp-backdoor\t10025/tcp\n');
  rmSync('/etc/postfix/sasl', { recursive: true, force: true });
  mkdirSync(path.join(base, 'certs'));
  const [key, certificate] = ['server.key', 'server.crt'].map((name) =>
    path.join(base, 'certs', name),
  );
  const subject = ['-subj', '/CN=mail.aconus.com', '-days', '30'];
  const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes'];
  system('openssl', 'req', ...kind, '-keyout', key, '-out', certificate, ...subject);
  writeFileSync(
    '/etc/shadow',
    readFileSync('/etc/shadow', 'utf8').replace(
      /^oyaji:[^:]*:/m,
      `oyaji:${system('perl', '-e', 'print crypt("pw1", q($y$j9T$abcdefghijklmnop$))')}:`,
    ),
  );
}

const mainText = readFileSync(path.join(guide, 'main.cf'), 'utf8').replaceAll(
  '/usr/local/certs',
  path.join(base, 'certs'),
);
const masterText = readFileSync(path.join(guide, 'master.cf'), 'utf8');

function writeFiles(main, master) {
  writeFileSync('/etc/postfix/main.cf', main);
  writeFileSync('/etc/postfix/master.cf', master);
}

/** What the program prints, without its own name. */
async function prints(driver, program, args) {
  const { status, stdout, stderr } = await run(driver.command(program), args);
  return `${stdout}${stderr.replaceAll(`${driver.command(program)}:`, `${program}:`)}exit ${status}\n`;
}

async function settings() {
  writeFiles(mainText, masterText);
  for (const args of [['-n'], ['-M'], ['-P'], ['-F'], ['-nf'], ['-Mf'], ['-nx']]) {
    const [theirs, mine] = [
      await prints(drivers.postfix, 'postconf', args),
      await prints(drivers.hikyaku, 'postconf', args),
    ];
    report.settle('postconf', args.join(' '), textDifference(theirs, mine, 'line'));
  }
}

async function warnings() {
  writeFiles(`${mainText}${logLines('warnings')}`, masterText);
  const { stderr } = await run(drivers.hikyaku.command('postfix'), ['start']);
  await run(drivers.hikyaku.command('postfix'), ['stop']);
  const told = stderr.split('\n').filter((line) => line.includes('warning:'));
  console.log(told.join('\n'));
  const lineOf = (name) =>
    mainText.split('\n').findIndex((line) => line.startsWith(`${name} =`)) + 1;
  for (const name of ['smtpd_use_tls', 'tls_daemon_random_source'])
    check(
      `one warning for the obsolete ${name}, with its line`,
      told.filter((line) => line.includes(`main.cf line ${lineOf(name)}: `)).length === 1,
      stderr,
    );
  check('no other warning', told.length === 2, stderr);
}

const logLines = (name) =>
  `maillog_file = ${path.join(base, `${name}.log`)}\nmaillog_file_prefixes = ${base}\n`;

/** [what it shows, who says it, swaks' arguments] */
const sessions = [
  ['an outsider to a user here', outside, ['-t', 'oyaji@aconus.com']],
  ['an outsider to elsewhere', outside, ['-t', 'x@far.test']],
  ['a host of the network to elsewhere', '127.0.0.1', ['-t', 'x@far.test']],
  ['mail for postfix goes by the alias', '127.0.0.1', ['-t', 'postfix@aconus.com']],
  ...['PLAIN', 'LOGIN'].flatMap((mechanism) => {
    const login = ['-t', 'x@far.test,oyaji@aconus.com', '-a', mechanism, '-au', 'oyaji'];
    return [
      [`${mechanism} on 25`, outside, [...login, '-ap', 'pw1']],
      [`${mechanism} on 25 within TLS`, outside, [...login, '-ap', 'pw1', '-tls']],
      [`${mechanism} on 465`, outside, [...login, '-ap', 'pw1', '-tlsc', '-p', '465']],
      [
        `${mechanism} on 465, wrong password`,
        outside,
        [...login, '-ap', 'no', '-tlsc', '-p', '465'],
      ],
    ];
  }),
  ['the way back from the scanner', '127.0.0.1', ['-t', 'oyaji@aconus.com', '-p', '10025']],
];

const spoken = (text) =>
  text
    .split('\n')
    .filter((line) => /^(<|\s->|\s~>|=== TLS started)/.test(line))
    .filter(
      (line) => !/^ [-~]> (Date|To|From|Subject|Message-Id|X-Mailer|AUTH LOGIN \S)/.test(line),
    )
    .map((line) =>
      line
        .replace(/queued as \S+/, 'queued as ID')
        .replaceAll(' NTLM', '')
        .trimEnd(),
    )
    .join('\n');

/** Everything is said to this server; what came of it. */
async function tell(driver) {
  const master = masterText.replace(/^tlsmgr +fifo/m, 'tlsmgr    unix');
  writeFiles(
    `${mainText.replace('sdbm:', 'btree:')}${logLines(driver.name)}`,
    `${master}${innerServices}`,
  );
  const commands = (name, args = []) => run(driver.command(name), args);
  // Debian's Postfix looks for it in /etc/postfix/sasl alone.
  if (driver === drivers.postfix) {
    mkdirSync('/etc/postfix/sasl');
    copyFileSync(path.join(guide, 'smtpd.conf'), '/etc/postfix/sasl/smtpd.conf');
  }
  check(`${driver.name}: newaliases`, (await commands('newaliases')).status === 0);
  const started = await commands('postfix', ['start']);
  check(`${driver.name}: starts`, started.status === 0, started.stderr);
  await waitForPort(25, 15_000, () => started.stderr);
  const said = new Map();
  for (const [title, source, args] of sessions) {
    const from = ['--li', source, '--server', source, '-f', 'friend@b.test', '--helo', 'client'];
    const subject = ['--header', `Subject: ${title}`];
    const { stdout } = await run('swaks', [...from, ...subject, ...args]);
    said.set(title, spoken(stdout));
  }
  const log = path.join(base, `${driver.name}.log`);
  const newMail = path.join(home, 'oyaji/Maildir/new');
  const wanted = sessions.filter(
    ([title, , args]) => args[1].includes('aconus.com') && !title.includes('wrong'),
  );
  const arrived = () => (existsSync(newMail) ? readdirSync(newMail) : []);
  for (let waited = 0; waited < 200 && arrived().length < wanted.length; waited += 1)
    await sleep(50);
  const mail = arrived().map((name) => readFileSync(path.join(newMail, name), 'latin1'));
  await commands('postfix', ['stop']);
  await sleep(500);
  rmSync(path.join(home, 'oyaji/Maildir'), { recursive: true, force: true });
  for (const directory of ['spool', 'data'])
    for (const entry of readdirSync(path.join(base, directory)))
      rmSync(path.join(base, directory, entry), { recursive: true, force: true });
  for (const place of ['/etc/aliases.db', '/etc/postfix/smtpd_scache.db', '/etc/postfix/sasl'])
    rmSync(place, { recursive: true, force: true });
  return { said, mail, log: readFileSync(log, 'latin1') };
}

const normalisedMail = (text) =>
  text
    .replace(/(id|E?SMTPS?A? id) [0-9A-F]{6,}/g, '$1 ID')
    .replace(/Message-Id: <.*>|^(Date|X-Mailer): .*$/gm, '')
    .replace(/\w{3}, +\d+ \w{3} \d{4} [\d:]{8} [+-]\d{4} \(\w+\)/g, 'DATE');
const subjectOf = (text) => /^Subject: (.*)$/m.exec(text)?.[1] ?? '';

prepare();
await settings();
await warnings();
startDaemon('/usr/sbin/saslauthd', ['-d', '-a', 'shadow', '-m', '/run/saslauthd', '-n', '2']);
for (let waited = 0; waited < 100 && !existsSync('/run/saslauthd/mux'); waited += 1)
  await sleep(50);
const theirs = await tell(drivers.postfix);
const mine = await tell(drivers.hikyaku);
await endDaemons();

for (const [title, text] of theirs.said)
  report.settle('sessions', title, textDifference(text, mine.said.get(title) ?? '', 'line'));
const mails = ({ mail }) => new Map(mail.map((text) => [subjectOf(text), normalisedMail(text)]));
const [left, right] = [mails(theirs), mails(mine)];
for (const [title, text] of left)
  report.settle('mail', title, textDifference(text, right.get(title) ?? '(none)', 'line'));
check(
  'as much mail arrives',
  left.size === right.size && left.size > 8,
  [...right.keys()].join('\n'),
);

const reply = (title) => mine.said.get(title) ?? '';
check(
  'an outsider does not relay',
  /554 5\.7\.1 .*Relay access denied/.test(reply('an outsider to elsewhere')),
);
for (const mechanism of ['PLAIN', 'LOGIN'])
  for (const place of ['25', '25 within TLS', '465']) {
    const title = `${mechanism} on ${place}`;
    check(
      `${title}: logs in and relays`,
      /235 2\.7\.0[^]*queued as/.test(reply(title)),
      reply(title),
    );
    check(
      `${title}: Received says so`,
      new RegExp(`with ESMTP${place === '25' ? '' : 'S'}A id`).test(right.get(title) ?? ''),
      right.get(title),
    );
    check(
      `${title}: the log says so`,
      mine.log.includes(`sasl_method=${mechanism}, sasl_username=oyaji`),
    );
  }
console.log(`\n${passed} promises kept, ${failed} broken`);
const status = report.close({ checkList: true });
process.exit(failed === 0 ? status : 1);
