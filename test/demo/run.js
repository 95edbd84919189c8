/**
 * demo - the README's two lines, pasted into a fresh clone, keep what the README promises.
 *
 *   npm run test:demo [-- --only WORDS] [--keep]
 *
 * Each case clones the last commit, runs the line as it stands in README.md, sends a message with each of the lines
 * that the server prints (the last of them logs in over TLS) and one with Python's smtplib, finds all in the Maildir,
 * presses Ctrl-C, starts again, and finds everything still there. Cases: as root, as an ordinary user, below a home
 * that no one else can enter, without install scripts, beside a running Postfix; and the test line as both. Those that
 * need root are left out otherwise.
 * Needs the npm registry, or npm's cache.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { checkout, drivers, Instance, run } from '../support/servers.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
  },
});

const isRoot = process.getuid() === 0;
const account = 'hkdemo';
const startSeconds = 300; // a slow registry, a slow machine
const lines = [
  ...readFileSync(path.join(checkout, 'README.md'), 'utf8').matchAll(/```sh\n(.*)\n```/g),
];
const [startLine, testLine] = lines.map((match) => match[1]);

let passed = 0;
let failed = 0;
function check(claim, isTrue, shown = '') {
  if (isTrue) passed += 1;
  else failed += 1;
  console.log(`  ${isTrue ? 'ok  ' : 'FAIL'} ${claim}`);
  if (!isTrue && shown !== '') console.log(String(shown).slice(-3000).replace(/^/gm, '       '));
}

/** A shell of its own process group, as a terminal's would be: Ctrl-C reaches all of it. */
class Terminal {
  output = '';
  status;

  constructor(line, place) {
    this.child = spawn(...place.command('sh', ['-c', line]), {
      cwd: place.directory,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: place.env,
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.on('data', (data) => (this.output += data));
    this.child.on('exit', (status, signal) => (this.status = signal ?? status));
  }

  async until(condition, seconds) {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
      if (condition(this)) return true;
      if (this.status !== undefined) return condition(this);
    }
    return false;
  }

  interrupt() {
    signalGroup(this.child.pid, 'SIGINT');
  }

  /** Processes of the group that are still there. */
  get left() {
    return readdirSync('/proc').filter((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return Number(group) === this.child.pid && state !== 'Z';
      } catch {
        return false; // gone meanwhile
      }
    });
  }
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // gone
  }
}

/** Where and as whom a case runs. */
function makePlace(parent, user) {
  const base = mkdtempSync(path.join(parent, 'hikyaku-demo-'));
  chmodSync(base, 0o755);
  const env = { PATH: process.env.PATH, LANG: 'C', HOME: os.homedir() };
  for (const name of Object.keys(process.env))
    if (
      /^(npm_config_.*(registry|cafile|proxy)|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS)$/i.test(
        name,
      )
    )
      env[name] = process.env[name];
  const command = (program, args) =>
    user === undefined
      ? [program, args]
      : ['setpriv', ['--reuid', user, '--regid', user, '--init-groups', '--', program, ...args]];
  if (user !== undefined) {
    must('chown', [user, base]);
    env.HOME = os.userInfo().username === user ? os.homedir() : `/home/${user}`;
  }
  const place = { directory: path.join(base, 'hikyaku'), env, command, base };
  // Another user's repository is not to be trusted by git: it is given the files as root, owned by the user.
  must('git', ['clone', '-q', `file://${checkout}`, place.directory]);
  if (user !== undefined) must('chown', ['-R', user, place.directory]);
  return place;
}

function must(program, args, more = {}) {
  const result = spawnSync(program, args, { encoding: 'utf8', ...more });
  if (result.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${result.stderr}`);
}

// The system's own: what root has in its home is not for others.
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
const pythonText = `
import smtplib, sys
with smtplib.SMTP('127.0.0.1', int(sys.argv[1])) as server:
    server.sendmail('me@example.org', [sys.argv[2]], 'Subject: by smtplib\\n\\nIt works.\\n')
`;

async function demo(name, { parent = '/tmp', user, line = startLine }) {
  const place = makePlace(parent, user);
  const mail = path.join(place.directory, 'var/mail/you/Maildir/new');
  const messages = () => (existsSync(mail) ? readdirSync(mail).length : 0);
  const arrive = async (count) => {
    for (let waited = 0; waited < 200 && messages() < count; waited += 1) await sleep(50);
    return messages() === count;
  };
  const shell = (text) =>
    run(...place.command('sh', ['-c', text]), { cwd: place.directory, env: place.env });
  let terminal;
  try {
    terminal = new Terminal(line, place);
    const isUp = await terminal.until(({ output }) => /daemon started/.test(output), startSeconds);
    check(`${name}: \`${line}\` starts a server`, isUp, terminal.output);
    if (!isUp) return;
    const port = /listens on 127\.0\.0\.1 port (\d+) for mail to (\S+?)\.?$/m.exec(terminal.output);
    check('it says where it listens, and for whom', port !== null, terminal.output);
    if (port === null) return;
    const pasted = terminal.output.split('\n').filter((text) => /^ {2}printf /.test(text));
    const kinds = ['curl', 'bin/sendmail', 'curl over TLS, logged in,'];
    check(
      `it prints ${kinds.length} lines that send a message`,
      pasted.length === kinds.length,
      terminal.output,
    );
    for (const [index, text] of pasted.entries()) {
      const sent = await shell(text);
      check(
        `the line with ${kinds[index]} ends with 0 and delivers`,
        sent.status === 0 && (await arrive(index + 1)),
        `${text}\n${sent.stdout}${sent.stderr}${terminal.output}`,
      );
    }
    check(
      'the log names who logged in',
      terminal.output.includes(`sasl_method=PLAIN, sasl_username=${port[2]}`),
      terminal.output,
    );
    const byPython = await run(...place.command(python, ['-c', pythonText, port[1], port[2]]), {
      env: place.env,
    });
    check(
      "Python's smtplib delivers",
      byPython.status === 0 && (await arrive(kinds.length + 1)),
      `${byPython.stderr}${terminal.output}`,
    );
    const settings = path.join(place.directory, 'var/etc/main.cf');
    const written = statSync(settings).mtimeMs;
    const listed = await shell('bin/mailq -C var/etc');
    check(
      'its queue is empty',
      listed.stdout === 'Mail queue is empty\n',
      listed.stdout + listed.stderr,
    );
    await pressCtrlC(terminal);

    terminal = new Terminal(line, place);
    const isBack = await terminal.until(
      ({ output }) => /daemon started/.test(output),
      startSeconds,
    );
    check('it starts a second time', isBack, terminal.output);
    check(
      'the mail and the settings are still there',
      messages() === kinds.length + 1 && statSync(settings).mtimeMs === written,
    );
    check(
      'on the same port',
      terminal.output.includes(`port ${port[1]} for mail`),
      terminal.output,
    );
    const again = await shell(pasted[0] ?? 'false');
    check(
      'and takes mail',
      again.status === 0 && (await arrive(kinds.length + 2)),
      again.stderr + terminal.output,
    );
    await pressCtrlC(terminal);
  } finally {
    if (terminal !== undefined) signalGroup(terminal.child.pid, 'SIGKILL');
    if (options.keep) console.log(`  kept: ${place.base}`);
    else rmSync(place.base, { recursive: true, force: true });
  }
}

async function pressCtrlC(terminal) {
  terminal.interrupt();
  const ended = await terminal.until(({ status }) => status !== undefined, 20);
  await sleep(300);
  check(
    'Ctrl-C ends it, and leaves no process behind',
    ended && terminal.left.length === 0,
    `status ${terminal.status}, processes ${terminal.left.join(' ')}\n${terminal.output}`,
  );
  check(
    'without a word of error',
    !/^\s+at .*:\d+:\d+|panic|npm (?:ERR|error)/m.test(terminal.output),
    terminal.output,
  );
}

async function besidePostfix(name) {
  const base = mkdtempSync(path.join('/tmp', 'hikyaku-demo-postfix-'));
  chmodSync(base, 0o755);
  const postfix = new Instance(drivers.postfix, base, 2525);
  try {
    await postfix.configure();
    await postfix.start();
    await demo(name, {});
    check('Postfix runs as before', postfix.masterPid() !== undefined);
  } finally {
    await postfix.stop();
    rmSync(base, { recursive: true, force: true });
  }
}

async function tests(name, { user }) {
  const place = makePlace('/tmp', user);
  try {
    const terminal = new Terminal(testLine, place);
    await terminal.until(({ status }) => status !== undefined, 1800);
    check(`${name}: \`${testLine}\` passes`, terminal.status === 0, terminal.output);
  } finally {
    rmSync(place.base, { recursive: true, force: true });
  }
}

const noScripts = startLine.replace('npm ci', 'npm ci --ignore-scripts');
const cases = [
  { name: isRoot ? 'as root' : 'as oneself', run: (name) => demo(name, {}) },
  { name: 'as an ordinary user', root: true, run: (name) => demo(name, { user: account }) },
  { name: 'below a closed home', root: true, run: (name) => demo(name, { parent: '/root' }) },
  { name: 'without install scripts', run: (name) => demo(name, { line: noScripts }) },
  { name: 'beside a running Postfix', root: true, run: besidePostfix },
  { name: 'tests as root', root: true, run: (name) => tests(name, {}) },
  { name: 'tests as an ordinary user', root: true, run: (name) => tests(name, { user: account }) },
];

if (isRoot) {
  spawnSync('userdel', ['-r', account]);
  must('useradd', ['-m', '-s', '/bin/sh', account]);
}
try {
  for (const { name, root, run: runCase } of cases) {
    if (!name.includes(options.only)) continue;
    console.log(name);
    if (root && !isRoot) console.log('  left out: it needs root');
    else await runCase(name);
  }
} finally {
  if (isRoot) spawnSync('userdel', ['-r', account]);
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
