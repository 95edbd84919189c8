/**
 * maildir - the guide's IMAP server (Courier) and Dovecot read the Maildirs that we write.
 *
 *   npm run test:imap [-- --driver postfix] [--install]
 *
 * Both programs run as the user, with IMAP on their standard input. Courier's package conflicts
 * with Dovecot's, so it is only unpacked. With CI or --install both are fetched when missing.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { content, speak } from '../support/dialogue.js';
import { startDns } from '../support/dns-server.js';
import { accounts, isolate, needPrograms } from '../support/isolation.js';
import { drivers, Instance } from '../support/servers.js';

const { values: options } = parseArgs({
  options: {
    driver: { type: 'string', default: 'hikyaku' },
    install: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});

const dovecot = '/usr/lib/dovecot/imap';
needPrograms({ [dovecot]: 'dovecot-core dovecot-imapd' });
const courierPackages =
  'courier-imap courier-base courier-authlib libcourier-unicode4 libgamin0 libidn12';
const courierRoot = unpackCourier();
const place = await isolate(import.meta.url, { keep: options.keep });
await startDns();

/** Unpacks Courier's programs once, outside the isolated network. */
function unpackCourier() {
  const root = process.env.HIKYAKU_TEST_COURIER ?? path.join(os.tmpdir(), 'hikyaku-courier');
  process.env.HIKYAKU_TEST_COURIER = root;
  if (existsSync(path.join(root, 'usr/bin/imapd'))) return root;
  if (process.env.CI === undefined && !options.install) {
    console.error(
      `missing: Courier's imapd. Fetch and unpack it (${courierPackages}) with --install`,
    );
    process.exit(1);
  }
  const packages = path.join(root, 'packages');
  mkdirSync(packages, { recursive: true });
  const download = ['download', ...courierPackages.split(' ')];
  let result = spawnSync('apt-get', download, { cwd: packages, stdio: 'inherit' });
  if (result.status !== 0) {
    spawnSync('apt-get', ['update', '-q'], { stdio: 'inherit' });
    result = spawnSync('apt-get', download, { cwd: packages, stdio: 'inherit' });
  }
  for (const file of readdirSync(packages))
    spawnSync('dpkg-deb', ['-x', path.join(packages, file), root], { stdio: 'inherit' });
  spawnSync('chmod', ['-R', 'a+rX', root]);
  return root;
}

const server = new Instance(drivers[options.driver], place.base, 2525);
await server.configure();
await server.start();
server.write(
  'dovecot.conf',
  'protocols = imap\nmail_location = maildir:~/Maildir\nlog_path = /dev/null\nssl = no\nbase_dir = @dir@/run\nnamespace inbox {\n  inbox = yes\n}\n',
);

const readers = {
  dovecot: (user) => [dovecot, ['-c', path.join(server.directory, 'dovecot.conf')], { USER: user }],
  courier: (user) => [
    path.join(courierRoot, 'usr/bin/imapd'),
    ['Maildir'],
    {
      AUTHENTICATED: user,
      MAILDIRPATH: 'Maildir',
      IMAP_CAPABILITY: 'IMAP4rev1',
      LD_LIBRARY_PATH: [
        'usr/lib',
        'usr/lib/x86_64-linux-gnu',
        'usr/lib/aarch64-linux-gnu',
        'usr/lib/courier-authlib',
      ]
        .map((name) => path.join(courierRoot, name))
        .join(':'),
    },
  ],
};

/** An IMAP session: commands out, the lines up to the tagged one back. */
class ImapSession {
  #text = '';
  #wake = () => undefined;
  #number = 0;

  constructor(kind, user) {
    const [program, args, env] = readers[kind](user);
    const id = accounts[user];
    const home = path.join(place.home, user);
    this.child = spawn(
      'setpriv',
      [`--reuid=${id}`, `--regid=${id}`, '--clear-groups', '--', program, ...args],
      {
        cwd: home,
        env: { PATH: process.env.PATH, HOME: home, ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    this.errors = '';
    this.child.stderr.on('data', (chunk) => (this.errors += chunk));
    this.child.stdin.on('error', () => undefined);
    this.child.stdout.setEncoding('latin1');
    this.child.stdout.on('data', (chunk) => {
      this.#text += chunk;
      this.#wake();
    });
    this.child.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  async command(text) {
    const tag = `t${(this.#number += 1)}`;
    this.child.stdin.write(`${tag} ${text}\r\n`);
    const end = new RegExp(`^${tag} (OK|NO|BAD).*\r\n`, 'm');
    const deadline = Date.now() + 10_000;
    for (;;) {
      const match = end.exec(this.#text);
      if (match) {
        const answer = this.#text.slice(0, match.index + match[0].length);
        this.#text = this.#text.slice(answer.length);
        return answer;
      }
      if (this.closed || Date.now() > deadline) return `(no answer) ${this.#text} ${this.errors}`;
      await new Promise((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 200);
      });
    }
  }
}

const bodies = [
  'From: a@sender.example\nSubject: one\n\nhello\n',
  'From: a@sender.example\nSubject: =?utf-8?q?=C3=A4?=\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\xc3\xa4\xe5\xb1\xb1\n..dots\n',
  `From: a@sender.example\nSubject: large\n\n${'0123456789abcdef0123456789abcdef\n'.repeat(20_000)}`,
];
const deliver = async (user, text) => {
  const before = (server.log().match(/status=sent/g) ?? []).length;
  await speak(server.port, [
    'EHLO client.example',
    'MAIL FROM:<a@sender.example> BODY=8BITMIME',
    `RCPT TO:<${user}@example.test>`,
    'DATA',
    content(text.replace(/^\./gm, '..')),
    'QUIT',
  ]);
  for (let waited = 0; waited < 100; waited += 1) {
    if ((server.log().match(/status=sent/g) ?? []).length > before) return;
    await sleep(50);
  }
};

let passed = 0;
let failed = 0;
function check(claim, isTrue, shown = '') {
  if (isTrue) passed += 1;
  else failed += 1;
  console.log(`${isTrue ? 'ok  ' : 'FAIL'} ${claim}`);
  if (!isTrue) console.log(String(shown).slice(0, 1500));
}

for (const [kind, user] of [
  ['dovecot', 'oyaji'],
  ['courier', 'hanako'],
]) {
  for (const body of bodies) await deliver(user, body);
  const folder = path.join(place.home, user, 'Maildir/new');
  const files = existsSync(folder)
    ? readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'latin1'))
    : [];
  const session = new ImapSession(kind, user);
  const selected = await session.command('SELECT INBOX');
  check(
    `${kind}: INBOX has ${bodies.length} messages`,
    selected.includes(`* ${bodies.length} EXISTS`),
    selected,
  );
  for (let number = 1; number <= bodies.length; number += 1) {
    const answer = await session.command(`FETCH ${number} (RFC822.SIZE BODY.PEEK[])`);
    const literal = /\{(\d+)\}\r\n/.exec(answer);
    const start = (literal?.index ?? 0) + (literal?.[0].length ?? 0);
    const text = answer.slice(start, start + Number(literal?.[1] ?? 0)).replace(/\r\n/g, '\n');
    check(`${kind}: message ${number} reads as it was delivered`, files.includes(text), answer);
  }
  const stored = await session.command('STORE 1 +FLAGS (\\Seen)');
  check(`${kind}: a message can be marked as seen`, / OK /.test(stored), stored);
  const searched = await session.command('SEARCH SUBJECT "one"');
  check(`${kind}: search finds a subject`, /\* SEARCH \d+\r\n/.test(searched), searched);
  await deliver(user, bodies[0]);
  const news = (await session.command('NOOP')) + (await session.command('NOOP'));
  check(
    `${kind}: new mail shows in the open session`,
    news.includes(`* ${bodies.length + 1} EXISTS`),
    news,
  );
  await session.command('STORE 2 +FLAGS (\\Deleted)');
  const expunged = await session.command('EXPUNGE');
  check(`${kind}: a message can be removed`, / EXPUNGE\r\n/.test(expunged), expunged);
  await session.command('LOGOUT');
}
await server.stop();
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
