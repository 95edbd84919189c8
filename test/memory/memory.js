/**
 * memory - what a session costs: while a 10 MB message comes in, and when it says nothing.
 *
 *   npm run test:memory [-- --sessions 40 --idle 1000 --driver postfix]
 *
 * The sum of the proportional set sizes of all processes of the server. A garbage collector has a
 * fixed room that it fills before it works, whatever the load; so what a session costs is the peak
 * with many sessions less the peak with a few, divided by how many there are more. Fails when a
 * large message costs 4 MB a session or more, or an idle session more than 64 KB (Hikyaku only).
 */
import net from 'node:net';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startDns } from '../support/dns-server.js';
import { isolate } from '../support/isolation.js';
import { proportionalSetSize } from '../support/memory.js';
import { drivers, Instance } from '../support/servers.js';

const { values: options } = parseArgs({
  options: {
    driver: { type: 'string', default: 'hikyaku' },
    sessions: { type: 'string', default: '40' },
    idle: { type: 'string', default: '1000' },
    keep: { type: 'boolean', default: false },
  },
});
const sessions = Number(options.sessions);
const idle = Number(options.idle);
const messageLimit = 4 * 1024 * 1024; // the issue's
const idleLimit = 64 * 1024; // as a guard: a socket with its buffers and a session object

const place = await isolate(import.meta.url, { keep: options.keep });
await startDns();
const server = new Instance(drivers[options.driver], place.base, 2525);
await server.configure({
  main: {
    message_size_limit: '30000000',
    smtpd_client_connection_count_limit: '0',
    smtpd_forbid_unauth_pipelining: 'yes',
    default_process_limit: String(idle + 200),
  },
});
await server.start();
const used = () => proportionalSetSize(server.masterPid());

/** A client that waits for each reply. */
class Client {
  #text = '';
  #wake = () => undefined;
  #closed = false;

  constructor() {
    this.socket = net.connect(server.port, '127.0.0.1');
    this.socket.setEncoding('latin1');
    this.socket.on('data', (chunk) => {
      this.#text += chunk;
      this.#wake();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  async reply() {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*(\d{3}) .*\r\n/.exec(this.#text);
      if (match) {
        this.#text = this.#text.slice(match[0].length);
        return match[1];
      }
      if (this.#closed) throw new Error(`closed by the server: ${this.#text}`);
      await new Promise((resolve) => (this.#wake = resolve));
    }
  }

  async say(line, expected) {
    this.socket.write(`${line}\r\n`);
    const code = await this.reply();
    if (!code.startsWith(expected)) throw new Error(`${line}: ${code}`);
  }

  async write(bytes) {
    if (!this.socket.write(bytes))
      await new Promise((resolve) => this.socket.once('drain', resolve));
  }
}

const line = `${'0123456789abcdef'.repeat(4)}\r\n`;
const chunk = Buffer.from(line.repeat(1000));
const chunks = Math.ceil((10 * 1024 * 1024) / chunk.length);

async function sendLarge() {
  const client = new Client();
  await client.reply();
  await client.say('EHLO client.example', '250');
  await client.say('MAIL FROM:<a@sender.example>', '250');
  await client.say('RCPT TO:<oyaji@example.test>', '250');
  await client.say('DATA', '354');
  await client.write('Subject: large\r\n\r\n');
  for (let number = 0; number < chunks; number += 1) await client.write(chunk);
  await client.say('.', '250');
  await client.say('QUIT', '221');
}

async function peakDuring(work) {
  let peak = 0;
  let running = true;
  const watcher = (async () => {
    while (running) {
      peak = Math.max(peak, used());
      await sleep(30);
    }
  })();
  await work();
  running = false;
  await watcher;
  return peak;
}

async function delivered(number) {
  for (let waited = 0; waited < 300; waited += 1) {
    if ((server.log().match(/status=sent/g) ?? []).length >= number) break;
    await sleep(100);
  }
  await sleep(1000);
}

const megabytes = (bytes) => (bytes / 1024 / 1024).toFixed(2);
let failed = 0;
function verdict(text, isGood) {
  if (!isGood) failed += 1;
  console.log(`${isGood ? 'ok  ' : 'FAIL'} ${text}`);
}

await sleep(500);
const fresh = used();
await sendLarge(); // code compiled, buffers and pools made: this is not what a session costs
await sleep(1500);
const warm = used();
console.log(
  `${options.driver}: ${megabytes(fresh)} MB after start, ${megabytes(warm)} MB after one message`,
);
const before = used();
const clients = [];
for (let number = 0; number < idle; number += 1) {
  const client = new Client();
  clients.push(client);
  // Fifty at a time: a listen queue is no part of this.
  if (number % 50 === 49) await Promise.all(clients.slice(-50).map((one) => one.reply()));
}
await Promise.all(clients.slice(idle - (idle % 50)).map((client) => client.reply()));
for (const client of clients) await client.say('EHLO client.example', '250');
await sleep(1000);
const held = used();
const each = (held - before) / idle;
verdict(
  `${idle} idle sessions: ${megabytes(before)} MB before, ${megabytes(held)} MB with them, ` +
    `${(each / 1024).toFixed(1)} KB a session`,
  options.driver !== 'hikyaku' || each < idleLimit,
);
await Promise.all(clients.map((client) => client.say('NOOP', '250')));
verdict('every idle session still answers', true);
for (const client of clients) client.socket.destroy();
await sleep(500);
const few = 5;
const together = (number) => () => Promise.all(Array.from({ length: number }, sendLarge));
const peakFew = await peakDuring(together(few));
await delivered(1 + few);
const peakMany = await peakDuring(together(sessions));
const growth = (peakMany - peakFew) / (sessions - few);
verdict(
  `10 MB each: ${few} sessions ${megabytes(peakFew)} MB, ${sessions} sessions ${megabytes(peakMany)} MB, ` +
    `growth ${megabytes(growth)} MB a session (limit 4.00; from rest ${megabytes((peakMany - warm) / sessions)})`,
  options.driver !== 'hikyaku' || growth < messageLimit,
);
await delivered(1 + few + sessions);
await server.stop();
console.log(`\n${3 - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
