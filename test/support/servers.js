/**
 * servers - the two mail systems, behind one interface: Debian's Postfix and Hikyaku.
 *
 * Both get the same directory: etc/main.cf, etc/master.cf, a queue, a data directory, a log file;
 * both are started with `postfix -c DIR/etc start`.
 */
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const checkout = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

const debianPlaces = ['/usr/sbin', '/usr/bin'];

/** name -> where its commands are */
export const drivers = {
  postfix: {
    name: 'postfix',
    command: (program) =>
      debianPlaces.map((place) => path.join(place, program)).find((file) => existsSync(file)) ??
      path.join('/usr/sbin', program),
  },
  hikyaku: { name: 'hikyaku', command: (program) => path.join(checkout, 'bin', program) },
};
/** A second Postfix: what the comparison must find equal, or the comparison itself is wrong. */
drivers.postfix2 = { ...drivers.postfix, name: 'postfix2' };

const mainDefaults = {
  compatibility_level: '3.6',
  queue_directory: '@dir@/spool',
  data_directory: '@dir@/lib',
  maillog_file: '@dir@/log/mail.log',
  maillog_file_prefixes: os.tmpdir(),
  command_directory: '/usr/sbin',
  daemon_directory: '/usr/lib/postfix/sbin',
  mail_owner: 'postfix',
  setgid_group: 'postdrop',
  myhostname: 'mail.example.test',
  mydomain: 'example.test',
  myorigin: '$mydomain',
  mydestination: '$myhostname, localhost.$mydomain, localhost, $mydomain',
  mynetworks: '127.0.0.1/32, [::1]/128',
  inet_interfaces: 'loopback-only',
  inet_protocols: 'all',
  alias_maps: 'hash:@etc@/aliases',
  alias_database: '',
  home_mailbox: 'Maildir/',
  biff: 'no',
};

/** The services of a stock master.cf that nobody outside speaks to. */
export const innerServices = `rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;

const masterText = `
127.0.0.1:@port@ inet n - n - - smtpd
[::1]:@port@ inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
${innerServices}`;

/** Runs a program; never blocks the event loop, never throws for an exit status. */
export function run(file, args = [], options = {}) {
  const { input, user, env, cwd, timeout = 60_000 } = options;
  const command = user === undefined ? file : 'setpriv';
  const list =
    user === undefined
      ? args
      : [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--', file, ...args];
  return new Promise((resolve) => {
    const child = spawn(command, list, {
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: cwd ?? '/',
      env: { PATH: process.env.PATH, LANG: 'C', TZ: 'UTC', ...env },
    });
    const out = [];
    const err = [];
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
    const settle = (status, signal) => {
      clearTimeout(timer);
      resolve({
        status: status ?? signal,
        stdout: Buffer.concat(out).toString('latin1'),
        stderr: Buffer.concat(err).toString('latin1'),
      });
    };
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => err.push(chunk));
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => {
      err.push(Buffer.from(`${error.message}\n`));
      settle(127);
    });
    // Daemons may hold our pipes open: the exit counts, not the close.
    child.on('exit', (status, signal) => setTimeout(() => settle(status, signal), 250));
    child.on('close', (status, signal) => settle(status, signal));
    child.stdin.end(input === undefined ? '' : Buffer.from(input, 'latin1'));
  });
}

export class Instance {
  constructor(driver, base, port) {
    this.driver = driver;
    this.directory = path.join(base, driver.name);
    this.etc = path.join(this.directory, 'etc');
    this.logFile = path.join(this.directory, 'log/mail.log');
    this.port = port;
    this.base = base;
    for (const name of ['', 'etc', 'spool', 'lib', 'log'])
      mkdirSync(path.join(this.directory, name), { recursive: true, mode: 0o755 });
    const postfix = accountId('postfix');
    if (postfix !== undefined && process.getuid() === 0)
      chownSync(path.join(this.directory, 'lib'), postfix.uid, postfix.gid);
  }

  get name() {
    return this.driver.name;
  }

  expand(text) {
    return text
      .replaceAll('@dir@', this.directory)
      .replaceAll('@etc@', this.etc)
      .replaceAll('@base@', this.base)
      .replaceAll('@port@', String(this.port));
  }

  /**
   * Writes the configuration.
   * @param {{ main?: Record<string, string>, text?: string, master?: string, extraMaster?: string,
   *   files?: Record<string, string>, postmap?: string[], postalias?: string[] }} configuration
   *   text: main.cf as it stands, appended to the paths that every instance needs
   */
  async configure(configuration = {}) {
    const settings = { ...mainDefaults, ...configuration.main };
    if (configuration.bare) {
      // Only what a private instance cannot do without: paths, owner, log.
      for (const name of Object.keys(mainDefaults).slice(9)) delete settings[name];
      delete settings.compatibility_level;
      Object.assign(settings, configuration.main);
    }
    const lines = Object.entries(settings)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name} = ${value}`);
    this.write('etc/main.cf', `${lines.join('\n')}\n${configuration.text ?? ''}`);
    this.write(
      'etc/master.cf',
      `${configuration.master ?? masterText}${configuration.extraMaster ?? ''}`,
    );
    const files = { aliases: '', ...configuration.files };
    for (const [name, text] of Object.entries(files)) this.write(`etc/${name}`, text);
    for (const table of configuration.postmap ?? [])
      await this.mustRun('postmap', [this.expand(table)]);
    for (const table of configuration.postalias ?? ['hash:@etc@/aliases'])
      await this.mustRun('postalias', [this.expand(table)]);
  }

  write(name, text) {
    const file = path.join(this.directory, name);
    writeFileSync(file, Buffer.from(this.expand(text), 'latin1'));
    chmodSync(file, 0o644);
  }

  /** Runs one of the system's commands on this instance. */
  run(program, args = [], options = {}) {
    const env = { MAIL_CONFIG: this.etc, ...options.env };
    return run(this.driver.command(program), args, { ...options, env });
  }

  async mustRun(program, args = [], options = {}) {
    const result = await this.run(program, args, options);
    if (result.status !== 0)
      throw new Error(
        `${this.name}: ${program} ${args.join(' ')}: exit ${result.status}\n` +
          `${result.stderr}${result.stdout}`,
      );
    return result;
  }

  async start() {
    const result = await this.run('postfix', ['-c', this.etc, 'start']);
    if (result.status !== 0)
      throw new Error(
        `${this.name} did not start (exit ${result.status}): ${result.stderr}\n` +
          `last lines of its log:\n${this.log().split('\n').slice(-15).join('\n')}`,
      );
    await waitForPort(this.port, 15_000, () => this.log());
    return result;
  }

  async stop() {
    // Debian's script looks once a second whether master is gone; its abort does not wait at all.
    const isPostfix = this.driver.name !== 'hikyaku';
    const pid = this.masterPid();
    const result = await this.run('postfix', ['-c', this.etc, isPostfix ? 'abort' : 'stop'], {
      timeout: 20_000,
    });
    for (let waited = 0; isPostfix && waited < 100 && isAlive(pid); waited += 1) await sleep(30);
    if (result.status !== 0 && !isPostfix) await this.run('postfix', ['-c', this.etc, 'abort']);
    return result;
  }

  async restart(configuration) {
    await this.stop();
    await this.configure(configuration);
    await this.start();
  }

  /** Empties the queue and the log; the server must be down. */
  wipe() {
    for (const name of ['spool', 'lib', 'log']) {
      const directory = path.join(this.directory, name);
      for (const entry of existsSync(directory) ? readdirSync(directory) : [])
        rmSync(path.join(directory, entry), { recursive: true, force: true });
    }
  }

  log() {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'latin1') : '';
  }

  /** Postfix's own commands cannot go on with a log file that its script, as root, has made. */
  giveLogToOwner() {
    const owner = accountId('postfix');
    writeFileSync(this.logFile, '', { flag: 'a' });
    if (owner !== undefined) chownSync(this.logFile, owner.uid, owner.gid);
  }

  logSize() {
    return existsSync(this.logFile) ? statSync(this.logFile).size : 0;
  }

  logFrom(offset) {
    return existsSync(this.logFile)
      ? readFileSync(this.logFile).subarray(offset).toString('latin1')
      : '';
  }

  masterPid() {
    const file = path.join(this.directory, 'spool/pid/master.pid');
    const pid = existsSync(file) ? Number(readFileSync(file, 'latin1').trim()) : Number.NaN;
    return Number.isInteger(pid) && existsSync(`/proc/${pid}`) ? pid : undefined;
  }
}

function isAlive(pid) {
  return pid !== undefined && existsSync(`/proc/${pid}`);
}

export function accountId(name) {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((row) => row.startsWith(`${name}:`));
  if (line === undefined) return undefined;
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

export async function waitForPort(port, milliseconds, explain = () => '', host = '127.0.0.1') {
  const end = Date.now() + milliseconds;
  for (;;) {
    const open = await new Promise((resolve) => {
      const socket = net.connect({ port, host });
      socket.on('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (open) return;
    if (Date.now() > end)
      throw new Error(`nothing listens on ${host}:${port}\n${explain().slice(-3000)}`);
    await sleep(50);
  }
}
