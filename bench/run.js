/**
 * bench - Postfix and Hikyaku under the same load, in turn, in one run; what counts is the ratio.
 *
 *   npm run bench [-- --rounds 3 --messages 2000 --quick --only WORDS]
 *
 * Debian's smtp-source sends 4 KB messages in 20 sessions. Each round runs both servers on each workload, the order
 * changed from round to round; the figure is ours divided by Postfix's. Needs root, and Debian's postfix.
 * CPU is that of all processes of the instance, ended ones included, by a control group where the system has one,
 * else by what /proc shows while they live.
 */
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isolate } from '../test/support/isolation.js';
import { drivers, Instance } from '../test/support/servers.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    messages: { type: 'string', default: '2000' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});
const rounds = values.quick ? 1 : Number(values.rounds);
const count = values.quick ? 500 : Number(values.messages);
const sessions = 20;
const size = 4096;

if (process.getuid() !== 0 || !existsSync('/usr/sbin/smtp-source')) {
  console.error(
    "bench: needs root and Debian's postfix (apt-get install postfix): it brings smtp-source and the peer",
  );
  process.exit(69);
}

// Namespaces of its own: whatever happens, no process and no account is left behind.
const { base, home } = await isolate(import.meta.url);
const user = { name: 'oyaji', home: path.join(home, 'oyaji') };
const maildir = path.join(user.home, 'Maildir');
const sinkPort = 20_100 + (process.pid % 5000);
const ports = { postfix: sinkPort + 1, hikyaku: sinkPort + 2 };

const sink = spawn('/usr/sbin/smtp-sink', ['-u', 'postfix', `127.0.0.1:${sinkPort}`, '1000'], {
  stdio: 'ignore',
});

/** Counts `status=sent` lines that came to a server's log since the last call. */
function sentCounter(server) {
  let offset = server.logSize();
  let sent = 0;
  return () => {
    const text = server.logFrom(offset);
    offset += Buffer.byteLength(text, 'latin1');
    sent += text.split(' status=sent ').length - 1;
    return sent;
  };
}

// RSA, as most mail servers have it; a client's key exchange and the server's signature are what TLS costs.
const chain = path.join(base, 'server.pem');
const request = 'req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=mail.example.test';
const made = spawnSync('openssl', [
  ...request.split(' '),
  '-keyout',
  chain,
  '-out',
  `${chain}.crt`,
]);
if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
appendFileSync(chain, readFileSync(`${chain}.crt`));

const servers = {};
for (const name of ['postfix', 'hikyaku']) {
  servers[name] = new Instance(drivers[name], base, ports[name]);
  await servers[name].configure({
    extraMaster: 'tlsmgr unix - - n 1000? 1 tlsmgr\n',
    main: {
      relayhost: `[127.0.0.1]:${sinkPort}`,
      inet_interfaces: 'loopback-only',
      local_recipient_maps: '',
      default_process_limit: '100',
      smtpd_tls_security_level: 'may',
      smtpd_tls_chain_files: chain,
    },
  });
}

/** CPU ticks and PSS (KiB) of master and everything below it; of Postfix, the ended children too (cutime). */
function usage(server) {
  const master = server.masterPid();
  const stats = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'latin1');
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      stats.set(Number(name), {
        parent: Number(fields[1]),
        own: Number(fields[11]) + Number(fields[12]),
        ended: Number(fields[13]) + Number(fields[14]),
      });
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (pid) =>
    pid === master || (pid > 1 && stats.has(pid) && below(stats.get(pid).parent));
  let ticks = 0;
  let pss = 0;
  for (const [pid, { own, ended }] of stats) {
    if (!below(pid)) continue;
    ticks += own + ended; // what ended counts with whoever waited for it
    try {
      pss += Number(
        /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0,
      );
    } catch {
      // It ended meanwhile.
    }
  }
  return { seconds: ticks / 100, pss };
}

function delivered() {
  try {
    return readdirSync(path.join(maildir, 'new')).length;
  } catch {
    return 0;
  }
}

function source(server, recipient, options) {
  return new Promise((resolve, reject) => {
    const args = [
      '-s',
      String(sessions),
      '-l',
      String(size),
      '-m',
      String(count),
      ...options,
      '-f',
      '',
      '-t',
      recipient,
      `127.0.0.1:${server.port}`,
    ];
    args[args.indexOf('-f') + 1] = 'sender@example.test';
    const child = spawn('/usr/sbin/smtp-source', args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`smtp-source: ${code}`)),
    );
  });
}

/** The same over TLS; smtp-source knows none. */
function tlsSource(server, { recipient, tls }) {
  const script = fileURLToPath(new URL('tls-source.js', import.meta.url));
  const args = [script, ...tls, '--sessions', String(sessions), '--length', String(size)];
  args.push('--messages', String(count), '--to', recipient, String(server.port));
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`tls-source: ${code}`))));
  });
}

async function until(condition, what) {
  const end = Date.now() + 300_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`${what}: not within five minutes`);
    await sleep(20);
  }
}

const workloads = [
  {
    name: 'one message a connection, into a Maildir',
    recipient: `${user.name}@localhost`,
    options: [],
    relay: false,
  },
  {
    name: 'sessions kept, into a Maildir',
    recipient: `${user.name}@localhost`,
    options: ['-d'],
    relay: false,
  },
  {
    name: 'one message a connection, relayed',
    recipient: 'someone@elsewhere.test',
    options: [],
    relay: true,
  },
  {
    name: 'sessions kept, relayed',
    recipient: 'someone@elsewhere.test',
    options: ['-d'],
    relay: true,
  },
  {
    name: 'STARTTLS, one message a new session',
    recipient: `${user.name}@localhost`,
    tls: [],
    relay: false,
  },
  {
    name: 'STARTTLS, one message a resumed session',
    recipient: `${user.name}@localhost`,
    tls: ['--resume'],
    relay: false,
  },
];

async function measure(server, workload) {
  rmSync(maildir, { recursive: true, force: true });
  const before = usage(server).seconds;
  const sent = sentCounter(server);
  const start = process.hrtime.bigint();
  const seconds = () => Number(process.hrtime.bigint() - start) / 1e9;
  if (workload.tls) await tlsSource(server, workload);
  else await source(server, workload.recipient, workload.options);
  const accepted = seconds();
  await until(() => (workload.relay ? sent() : delivered()) >= count, workload.name);
  const ended = seconds();
  await sleep(300); // the last settlements
  const after = usage(server);
  return {
    'accepted/s': count / accepted,
    'end to end/s': count / ended,
    'CPU s per 1000': ((after.seconds - before) * 1000) / count,
    'PSS MiB loaded': after.pss / 1024,
  };
}

const results = new Map();
const idle = { postfix: [], hikyaku: [] };
for (let round = 0; round < rounds; round += 1) {
  for (const workload of workloads.filter(({ name }) => name.includes(values.only))) {
    const order = round % 2 === 0 ? ['postfix', 'hikyaku'] : ['hikyaku', 'postfix'];
    for (const name of order) {
      const server = servers[name];
      await server.start();
      await sleep(500);
      idle[name].push(usage(server).pss / 1024);
      await measure(server, workload); // warm: neither is measured while its processes start
      const figures = await measure(server, workload);
      await server.stop();
      for (const [figure, value] of Object.entries(figures)) {
        const key = `${workload.name}|${figure}`;
        if (!results.has(key)) results.set(key, { postfix: [], hikyaku: [] });
        results.get(key)[name].push(value);
      }
    }
  }
}

const sorted = (list) => [...list].sort((a, b) => a - b);
const median = (list) => sorted(list)[Math.floor(list.length / 2)] ?? Number.NaN;
const show = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));
console.log(
  `\n${os.cpus().length} cores, Node ${process.version}, ${count} messages of ${size} bytes, ${sessions} sessions, ${rounds} rounds`,
);
console.log(
  '\n| workload | figure | Postfix | Hikyaku | ratio median | min | max |\n|---|---|---|---|---|---|---|',
);
for (const [key, { postfix, hikyaku }] of results) {
  const [workload, figure] = key.split('|');
  const ratios = sorted(hikyaku.map((value, index) => value / postfix[index]));
  console.log(
    `| ${workload} | ${figure} | ${show(median(postfix))} | ${show(median(hikyaku))} | ${show(median(ratios))} | ${show(ratios[0])} | ${show(ratios.at(-1))} |`,
  );
}
console.log(
  `| idle | PSS MiB | ${show(median(idle.postfix))} | ${show(median(idle.hikyaku))} | ${show(median(idle.hikyaku) / median(idle.postfix))} | | |`,
);

sink.kill();
process.exit(0);
