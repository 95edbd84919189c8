/**
 * crash - is anything lost that was acknowledged? A ledger of numbered messages, and `kill -9`.
 *
 *   node test/crash/run.js [--kills 100] [--seconds-between 0.4] [--sessions 8]
 *
 * Numbered messages with a checksum go in by SMTP all the time; a number enters the ledger only when `250` was read.
 * Meanwhile random processes of the server, or all of them, are killed and started again. At the end the queue drains
 * and the Maildir is counted: acknowledged, lost, torn, duplicated. Exit status 1 when something is lost or torn.
 * Runs as root (then the server has several processes) or as anyone.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, chmodSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { drivers, Instance, run } from '../support/servers.js';
import { mailUser } from '../support/mail-user.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    'seconds-between': { type: 'string', default: '0.4' },
    sessions: { type: 'string', default: '8' },
    keep: { type: 'boolean', default: false },
  },
});
const kills = Number(values.kills);
const base = mkdtempSync(path.join(os.tmpdir(), 'hikyaku-crash-'));
chmodSync(base, 0o755);
const user = await mailUser('hkcrash');
const port = 20_000 + (process.pid % 10_000);
const server = new Instance(drivers.hikyaku, base, port);
await server.configure({ main: { local_recipient_maps: '', inet_protocols: 'ipv4' } });

/** number -> checksum of the body that was acknowledged */
const ledger = new Map();
let nextNumber = 0;
let attempts = 0;
let stopped = false;

function bodyOf(number) {
  const filler = createHash('sha256')
    .update(String(number))
    .digest('hex')
    .repeat(1 + (number % 40));
  return `number ${number}\n${filler.replace(/(.{72})/g, '$1\n')}\nend ${number}\n`;
}

/** One session that sends until the connection breaks. */
async function session() {
  const socket = net.connect(port, '127.0.0.1');
  socket.setTimeout(10_000, () => socket.destroy());
  let text = '';
  let wake = () => undefined;
  let closed = false;
  socket.setEncoding('latin1');
  socket.on('data', (data) => {
    text += data;
    wake();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
    wake();
  });
  const reply = async () => {
    for (;;) {
      const match = /^(\d{3})(?:-.*\r\n\1)*(?:-.*\r\n|\s.*\r\n)/.exec(text);
      const end = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(text);
      if (end) {
        text = text.slice(end[0].length);
        return Number(match?.[1] ?? end[0].slice(0, 3));
      }
      if (closed) throw new Error('closed');
      await new Promise((resolve) => (wake = resolve));
    }
  };
  const say = async (line, expected) => {
    socket.write(`${line}\r\n`, 'latin1');
    const code = await reply();
    if (Math.floor(code / 100) !== expected) throw new Error(`${line}: ${code}`);
  };
  try {
    if ((await reply()) !== 220) throw new Error('no greeting');
    await say('EHLO client.example', 2);
    for (let sent = 0; sent < 5 && !stopped; sent += 1) {
      const number = nextNumber++;
      const body = bodyOf(number);
      attempts += 1;
      await say('MAIL FROM:<>', 2);
      await say(`RCPT TO:<${user.name}@localhost>`, 2);
      await say('DATA', 3);
      await say(
        `Subject: ${number}\r\nMessage-Id: <${number}@crash.test>\r\n\r\n${body.replace(/\n/g, '\r\n')}.`,
        2,
      );
      ledger.set(number, createHash('sha256').update(body).digest('hex'));
    }
    socket.write('QUIT\r\n');
  } finally {
    socket.destroy();
  }
}

async function sender() {
  while (!stopped) {
    try {
      await session();
    } catch {
      await sleep(20);
    }
  }
}

/** Pids of the server: master and all below it, and whoever lost its parent. */
function serverPids() {
  const parents = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const master = masterPid();
  const below = (pid) => pid === master || (pid > 1 && below(parents.get(pid) ?? 0));
  return master === undefined ? [] : [...parents.keys()].filter((pid) => below(pid));
}

function masterPid() {
  try {
    return Number(
      readFileSync(path.join(server.directory, 'spool/pid/master.pid'), 'latin1').trim(),
    );
  } catch {
    return undefined;
  }
}

async function start() {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const result = await server.run('postfix', ['start']);
    if (result.status === 0) return;
    await sleep(200);
  }
  throw new Error('the server does not start again');
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

await start();
const senders = Array.from({ length: Number(values.sessions) }, sender);
const recovery = [];
for (let done = 0; done < kills; done += 1) {
  await sleep(Number(values['seconds-between']) * 1000 * (0.2 + 1.6 * Math.random()));
  const pids = serverPids();
  const master = masterPid();
  if (done % 5 === 4) {
    // The whole tree at once, master first, so that nobody restarts anything.
    for (const pid of [master, ...pids]) if (pid !== undefined) kill(pid);
    const since = Date.now();
    await start();
    recovery.push(Date.now() - since);
  } else {
    const others = pids.filter((pid) => pid !== master);
    kill(others[Math.floor(Math.random() * others.length)] ?? 0);
  }
  if (done % 10 === 9) console.log(`${done + 1} kills, ${ledger.size} acknowledged`);
}
stopped = true;
await Promise.all(senders);

// Everything that was acknowledged must arrive: deferred mail is pushed until the queue is empty.
let left = '';
for (let waited = 0; waited < 240; waited += 1) {
  await sleep(500);
  if (waited % 10 === 0) await server.run('postqueue', ['-f']);
  left = (await server.run('mailq')).stdout;
  if (left.includes('queue is empty')) break;
}
await server.run('postfix', ['stop']);

const seen = new Map();
let torn = 0;
for (const file of readdirSync(path.join(user.home, 'Maildir/new'))) {
  const text = readFileSync(path.join(user.home, 'Maildir/new', file), 'latin1');
  const number = Number(/^Subject: (\d+)$/m.exec(text)?.[1] ?? NaN);
  const body = text.slice(text.indexOf('\n\n') + 2);
  if (body !== bodyOf(number)) torn += 1;
  seen.set(number, (seen.get(number) ?? 0) + 1);
}
const lost = [...ledger.keys()].filter((number) => !seen.has(number));
const duplicated = [...seen.values()].reduce((sum, count) => sum + count - 1, 0);
recovery.sort((a, b) => a - b);
console.log(
  `kills ${kills}, attempts ${attempts}, acknowledged ${ledger.size}, lost ${lost.length}, torn ${torn}, ` +
    `duplicated ${duplicated}, recovery ms median ${recovery[Math.floor(recovery.length / 2)] ?? 0} max ${recovery.at(-1) ?? 0}`,
);
if (!left.includes('queue is empty')) console.log(`the queue did not drain:\n${left.slice(-500)}`);
if (lost.length > 0) console.log(`lost: ${lost.slice(0, 20).join(' ')}`);
await user.remove();
if (!values.keep) rmSync(base, { recursive: true, force: true });
const failed =
  (lost.length > 0 ? 1 : 0) + (torn > 0 ? 1 : 0) + (left.includes('queue is empty') ? 0 : 1);
console.log(`${3 - failed} passed, ${failed} failed`);
process.exit(failed > 0 || ledger.size === 0 ? 1 : 0);
void run;
