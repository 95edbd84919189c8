/**
 * isolation - a private machine for one run: accounts, names, network, processes.
 *
 * As root, the script runs itself again in namespaces of its own (mount, network, processes), where
 * a copy of /etc holds the test's accounts and names. Nothing is left behind, and no
 * run disturbs another. Where namespaces are forbidden (many containers) and CI is set, the same
 * files are written in place and put back at the end.
 */
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const mark = 'HIKYAKU_TEST_ISOLATION';
const unshareArguments = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** The test accounts: name and user id (the group id is the same). */
export const accounts = { oyaji: 20001, hanako: 20002, taro: 20003, kenji: 20004, yuki: 20005 };
export const nameServer = '127.0.0.153';

const hostsFile = `127.0.0.1 localhost
::1 localhost ip6-localhost
127.0.0.4 client.example.test
`;

/**
 * Runs the calling script in isolation. Returns in the isolated process only, with the directory
 * of this run.
 * @param {string} moduleUrl import.meta.url of the script
 * @param {{ keep?: boolean }} [options] keep: leave the directory there at the end
 */
export async function isolate(moduleUrl, options = {}) {
  if (process.getuid?.() !== 0) {
    console.error(
      `${path.basename(fileURLToPath(moduleUrl))}: this needs root: it makes accounts and runs ` +
        'two mail systems that change to their users. Run it as root (in a container, say).',
    );
    process.exit(1);
  }
  if (process.env[mark] === undefined) {
    const possible = spawnSync('unshare', [...unshareArguments, 'true']).status === 0;
    if (!possible && process.env.CI === undefined) {
      console.error(
        'unshare(1) cannot make namespaces here. With CI=1 the accounts and names are written ' +
          'into /etc for the time of the run instead.',
      );
      process.exit(1);
    }
    const script = [...process.execArgv, fileURLToPath(moduleUrl), ...process.argv.slice(2)];
    const child = possible
      ? spawn('unshare', [...unshareArguments, process.execPath, ...script], {
          stdio: 'inherit',
          env: { ...process.env, [mark]: 'namespace' },
        })
      : spawn(process.execPath, script, {
          stdio: 'inherit',
          env: { ...process.env, [mark]: 'in-place' },
        });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    const code = await new Promise((resolve) => child.on('exit', (status) => resolve(status ?? 1)));
    process.exit(code);
  }
  return prepare(process.env[mark] === 'namespace', options);
}

function prepare(namespace, options) {
  const base = mkdtempSync(path.join(os.tmpdir(), 'hikyaku-'));
  chmodSync(base, 0o755);
  const home = path.join(base, 'home');
  mkdirSync(home);
  const files = systemFiles(base);
  const originals = new Map();
  if (namespace) {
    must('mount', ['--make-rprivate', '/']);
    must('ip', ['link', 'set', 'lo', 'up']);
    // The whole directory: a mount on a single file is undone when another program renames a new one over it
    // outside (useradd does), and mail would go to real accounts.
    must('cp', ['-a', '/etc', base]);
    for (const [file, text] of files) {
      const copy = path.join(base, file);
      rmSync(copy, { force: true });
      writeFileSync(copy, text, { mode: file.endsWith('shadow') ? 0o640 : 0o644 });
    }
    must('mount', ['--bind', path.join(base, 'etc'), '/etc']);
  } else {
    for (const [file, text] of files) {
      originals.set(file, readFileSync(file));
      writeFileSync(file, text);
    }
  }
  const clean = () => {
    for (const [file, text] of originals) writeFileSync(file, text);
    originals.clear();
    if (options.keep) console.log(`kept: ${base}`);
    else rmSync(base, { recursive: true, force: true });
  };
  process.on('exit', clean);
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.on(signal, () => {
      console.error(`ended by ${signal}`);
      process.exit(130);
    });
  for (const [name, uid] of Object.entries(accounts)) {
    const directory = path.join(home, name);
    mkdirSync(directory, { mode: 0o700 });
    chownSync(directory, uid, uid);
  }
  return { base, home, namespace };
}

function systemFiles(base) {
  const files = new Map();
  const isOurs = (line) => Object.hasOwn(accounts, line.split(':', 1)[0] ?? '');
  const keptLines = (file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !isOurs(line));
  const rows = Object.entries(accounts);
  files.set('/etc/passwd', [
    ...keptLines('/etc/passwd'),
    ...rows.map(([name, uid]) => `${name}:x:${uid}:${uid}::${base}/home/${name}:/bin/sh`),
  ]);
  files.set('/etc/group', [
    ...keptLines('/etc/group'),
    ...rows.map(([name, uid]) => `${name}:x:${uid}:`),
  ]);
  files.set('/etc/shadow', [
    ...keptLines('/etc/shadow'),
    ...rows.map(([name]) => `${name}:*:19000:0:99999:7:::`),
  ]);
  for (const [file, lines] of files) files.set(file, `${lines.join('\n')}\n`);
  files.set('/etc/hosts', hostsFile);
  files.set('/etc/resolv.conf', `nameserver ${nameServer}\noptions timeout:1 attempts:2\n`);
  const main = '/etc/postfix/main.cf';
  if (existsSync(main)) {
    // Ordinary users may name only such directories to the setgid postdrop.
    const directories = `${base}/postfix/etc ${base}/postfix2/etc ${base}/hikyaku/etc`;
    files.set(
      main,
      `${readFileSync(main, 'utf8')}\nalternate_config_directories = ${directories}\n`,
    );
  }
  return files;
}

function must(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${result.error?.message ?? result.stderr}`);
}

/** Says which Debian packages are missing, and ends. With `--install` or CI they are installed. */
export function needPrograms(programs) {
  const missing = Object.entries(programs).filter(
    ([program]) => !existsSync(program) && spawnSync('which', [program]).status !== 0,
  );
  if (missing.length === 0) return;
  const packages = [...new Set(missing.flatMap(([, name]) => name.split(' ')))];
  if (process.env.CI !== undefined || process.argv.includes('--install')) {
    installPackages(packages);
    return;
  }
  console.error(
    `missing: ${missing.map(([program]) => program).join(', ')}. ` +
      `Install with: apt-get install --no-install-recommends ${packages.join(' ')} ` +
      '(or give --install)',
  );
  process.exit(1);
}

/** apt-get, with a guard so that no package starts its service. */
export function installPackages(packages) {
  const guard = '/usr/sbin/policy-rc.d';
  const made = !existsSync(guard);
  if (made) writeFileSync(guard, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = ['install', '-y', '--no-install-recommends', '-q'];
    let result = spawnSync('apt-get', [...options, ...packages], { stdio: 'inherit', env });
    if (result.status !== 0) {
      spawnSync('apt-get', ['update', '-q'], { stdio: 'inherit', env });
      result = spawnSync('apt-get', [...options, ...packages], { stdio: 'inherit', env });
    }
    if (result.status !== 0) throw new Error(`apt-get could not install ${packages.join(' ')}`);
  } finally {
    if (made) rmSync(guard, { force: true });
  }
}

/** For a test that wants to add a line to one of the private files. */
export function appendPrivate(file, text) {
  appendFileSync(file, text);
}
