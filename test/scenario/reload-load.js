/**
 * reload-load - reloads, and killed processes, while mail comes in and goes out.
 *
 *   node test/scenario/reload-load.js [messages]      default 10000; npm run test:reload runs it, too
 *
 * What must hold: no message is refused and no session cut by a reload; a session and a delivery that take long go on
 * to their end; every accepted message arrives once. A process that is killed again and again is started again after
 * longer and longer pauses; the log says so in the words of Postfix's master, shown beside it where it is installed.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountId, drivers, Instance, run } from '../support/servers.js';

const messages = Number(process.argv[2] ?? 10_000);
const atOnce = 20;
const base = mkdtempSync(path.join(os.tmpdir(), 'hikyaku-reload-'));
chmodSync(base, 0o755);
const port = 20_000 + (process.pid % 10_000);
const isRoot = process.getuid() === 0;
const server = new Instance(drivers.hikyaku, base, port);
const main = {
  inet_protocols: 'ipv4',
  mail_owner: isRoot ? 'postfix' : os.userInfo().username,
  virtual_mailbox_domains: 'load.test',
  virtual_mailbox_base: `${base}/boxes`,
  virtual_mailbox_maps: 'static:box/',
  virtual_uid_maps: `static:${isRoot ? accountId('nobody').uid : process.getuid()}`,
  virtual_gid_maps: `static:${isRoot ? accountId('nobody').gid : process.getgid()}`,
  transport_maps: 'inline:{slow.test=slow:}',
  smtpd_timeout: '60s',
};
const slowSeconds = 12;
const extraMaster = `slow unix - n n - - pipe user=${isRoot ? 'nobody' : 'daemon'} argv=/bin/sh -c {cat >/dev/null; sleep ${slowSeconds}; echo done}\n`;

let failed = 0;
function check(claim, isTrue, shown = '') {
  if (!isTrue) failed += 1;
  console.log(`${isTrue ? 'ok  ' : 'FAIL'} ${claim}`);
  if (!isTrue && shown !== '') console.log(String(shown).replace(/^/gm, '       '));
}

async function until(condition, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100))
    if (await condition()) return true;
  return false;
}

/** A client that says a line, and hears a reply; everything but the expected code is trouble. */
class Client {
  #socket = net.connect(port, '127.0.0.1');
  #buffer = '';
  #wake = () => undefined;
  #closed = false;

  constructor() {
    this.#socket.setNoDelay(true);
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text) => {
      this.#buffer += text;
      this.#wake();
    });
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  async expect(code) {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*(\d{3}) .*\r\n/.exec(this.#buffer);
      if (match) {
        this.#buffer = this.#buffer.slice(match[0].length);
        if (match[1] !== String(code)) throw new Error(`not ${code}: ${match[0].trim()}`);
        return;
      }
      if (this.#closed) throw new Error(`closed before ${code}; ${JSON.stringify(this.#buffer)}`);
      await new Promise((resolve) => (this.#wake = resolve));
    }
  }

  async say(line, code) {
    this.#socket.write(`${line}\r\n`);
    await this.expect(code);
  }

  async message(id, domain = 'load.test') {
    await this.say('MAIL FROM:<>', 250);
    await this.say(`RCPT TO:<box@${domain}>`, 250);
    await this.say('DATA', 354);
    await this.say(`Message-Id: <${id}@test>\r\nSubject: load\r\n\r\nbody\r\n.`, 250);
  }

  end() {
    this.#socket.end();
  }
}

const reload = () => process.kill(server.masterPid(), 'SIGHUP');
const workers = async () =>
  (await run('pgrep', ['-P', String(server.masterPid()), '-f', 'hikyaku (edge|queue|all)'])).stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map(Number);

await server.configure({ main, extraMaster });
mkdirSync(`${base}/boxes/box`, { recursive: true, mode: 0o777 });
if (isRoot) {
  const { uid, gid } = accountId('nobody');
  for (const name of ['boxes', 'boxes/box']) chownSync(path.join(base, name), uid, gid);
}
await server.start();
try {
  // A long session and a long delivery, both begun before all the reloads.
  const patient = new Client();
  await patient.expect(220);
  await patient.say('EHLO patient', 250);
  const first = new Client();
  await first.expect(220);
  await first.say('EHLO slow', 250);
  await first.message('slow', 'slow.test');
  await first.say('QUIT', 221);

  const troubles = [];
  let sent = 0;
  let reloads = 0;
  const client = async () => {
    while (sent < messages) {
      const connection = new Client();
      try {
        await connection.expect(220);
        await connection.say('EHLO load', 250);
        // Some sessions bring one message, others several.
        for (let count = sent % 4; count >= 0 && sent < messages; count -= 1) {
          sent += 1;
          await connection.message(`n${sent}`);
        }
        await connection.say('QUIT', 221);
      } catch (error) {
        troubles.push(error.message);
      }
      connection.end();
    }
  };
  const load = Promise.all(Array.from({ length: atOnce }, client));
  let isLoaded = false;
  // Its session must not end by smtpd_timeout.
  const alive = setInterval(() => void patient.say('NOOP', 250).catch(() => undefined), 20_000);
  void load.then(() => (isLoaded = true));
  while (!isLoaded) {
    await sleep(1000);
    if (isLoaded) break;
    reload();
    reloads += 1;
  }
  await load;
  clearInterval(alive);
  check(
    `${messages} messages in ${reloads} reloads: none refused, no session cut`,
    troubles.length === 0,
    troubles.slice(0, 10).join('\n'),
  );

  const arrived = () => readdirSync(`${base}/boxes/box/new`).length;
  const isThere = await until(() => arrived() >= messages, 120);
  check(`all of them have arrived (${arrived()})`, isThere);
  const ids = readdirSync(`${base}/boxes/box/new`).map(
    (name) =>
      /^Message-Id: <(n\d+)@/im.exec(readFileSync(`${base}/boxes/box/new/${name}`, 'latin1'))?.[1],
  );
  check(
    'each of them once',
    new Set(ids).size === ids.length,
    `${ids.length} files, ${new Set(ids).size} messages`,
  );

  await patient.message('patient').then(
    () => check('a session that began before all reloads takes its message still', true),
    (error) =>
      check(
        'a session that began before all reloads takes its message still',
        false,
        error.message,
      ),
  );
  await patient.say('QUIT', 221).catch(() => undefined);
  const isDelivered = await until(() => /to=<box@slow.test>.*status=sent/.test(server.log()), 40);
  check(
    `a delivery of ${slowSeconds} s goes on through reloads, and is made once`,
    isDelivered && (server.log().match(/to=<box@slow.test>/g) ?? []).length === 1,
    server
      .log()
      .split('\n')
      .filter((line) => line.includes('slow'))
      .join('\n'),
  );
  const wanted = isRoot ? 2 : 1;
  const isSmall = await until(async () => (await workers()).length === wanted, 30);
  check(
    'the processes of earlier settings are gone',
    isSmall,
    `${(await workers()).length} instead of ${wanted}`,
  );

  // A process that is killed again and again.
  const offset = server.logSize();
  for (let kill = 0; kill < 6; kill += 1) {
    await until(async () => (await workers()).length === wanted, 15);
    for (const pid of await workers()) process.kill(pid, 'SIGKILL');
    await sleep(100);
  }
  const lines = server
    .logFrom(offset)
    .split('\n')
    .filter((line) => /master\[/.test(line));
  const throttled = lines.filter((line) => /bad command startup -- throttling/.test(line));
  const waits = throttled.map((line) => Number(/for (\d+) ms/.exec(line)?.[1]));
  check(
    'a process that is killed again and again comes back after longer pauses',
    waits.length >= 5 && Math.max(...waits) >= 800,
    lines.join('\n'),
  );
  const back = await until(async () => {
    try {
      const connection = new Client();
      await connection.expect(220);
      await connection.say('EHLO again', 250);
      await connection.message('after');
      await connection.say('QUIT', 221);
      return true;
    } catch {
      return false;
    }
  });
  check('and mail is taken again', back);
  console.log('\nHikyaku says:');
  for (const line of lines.slice(0, 4)) console.log(`  ${line}`);
  await showPostfix();
} finally {
  await server.stop();
  rmSync(base, { recursive: true, force: true });
}
console.log(failed === 0 ? '\nall ok' : `\n${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** The same event with Debian's Postfix: its own words. */
async function showPostfix() {
  if (!isRoot || !existsSync('/usr/lib/postfix/sbin/master')) return;
  const postfix = new Instance(drivers.postfix, base, port + 1);
  await postfix.configure({
    extraMaster: `127.0.0.1:${port + 3} inet n n n - 1 spawn user=no-such-user argv=/bin/cat\n`,
  });
  await postfix.start();
  const socket = net.connect(port + 3, '127.0.0.1').on('error', () => undefined);
  await until(() => /throttling/.test(postfix.log()), 10);
  socket.destroy();
  console.log('Postfix says:');
  for (const line of postfix
    .log()
    .split('\n')
    .filter((one) => /master.*warning/.test(one))
    .slice(0, 2))
    console.log(`  ${line}`);
  await postfix.stop();
}
