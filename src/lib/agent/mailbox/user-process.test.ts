import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import process from 'node:process';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { UserContext } from '../../ipc/conversation/mailbox.js';
import { inlineMessage, temporaryDirectory, testLimits } from '../../../testing/mailbox.js';
import { RemoteWorker } from './remote-worker.js';

const skip = process.getuid?.() !== 0 && 'only root can become another user';
const ids = { uid: 23_456, gid: 23_457 };
const from = 'From a@b  Tue Nov 24 09:05:04 2026';

interface Started {
  readonly worker: RemoteWorker;
  readonly pid: number;
}

/** A real helper, that has become the user before it serves. */
function start(t: TestContext, user: Partial<UserContext> & { directory: string }): Started {
  const module = pathToFileURL(new URL('./user-process.js', import.meta.url).pathname).href;
  const program = `const { runUserWorker } = await import(${JSON.stringify(module)});
    await runUserWorker(JSON.parse(process.argv[1]), 3); process.exit(0);`;
  const context = { name: 'nobody-here', ...ids, ...user };
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', program, JSON.stringify(context)],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      env: {},
    },
  );
  const socket: unknown = child.stdio[3];
  assert.ok(socket instanceof Socket);
  t.after(() => {
    socket.destroy();
    child.kill('SIGKILL');
  });
  return { worker: new RemoteWorker(socket), pid: child.pid ?? 0 };
}

function home(t: TestContext, mode = 0o700, owner = ids): string {
  const base = temporaryDirectory(t);
  chmodSync(base, 0o755);
  const directory = `${base}/home`;
  mkdirSync(directory);
  chownSync(directory, owner.uid, owner.gid);
  chmodSync(directory, mode);
  return directory;
}

const command = (shell: string): Parameters<RemoteWorker['command']>[0] => ({
  shell,
  environment: { PATH: '/usr/bin:/bin' },
  directory: '/',
  mustExist: true,
  timeoutMs: 10_000,
  fileSizeLimit: 1024,
});

test('the helper is the user, with no group but its own, and cannot become root', {
  skip,
}, async (t) => {
  const { worker, pid } = start(t, { directory: home(t) });
  const outcome = await worker.command(command('id -u; id -G; umask'), inlineMessage('x\n'));
  assert.deepEqual(outcome, { is: 'exited', status: 0, output: `${ids.uid}\n${ids.gid}\n0077\n` });
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  assert.match(status, new RegExp(`^Uid:\\t${Array(4).fill(ids.uid).join('\\t')}$`, 'm'));
  assert.match(status, new RegExp(`^Gid:\\t${Array(4).fill(ids.gid).join('\\t')}$`, 'm'));
  assert.match(status, new RegExp(`^Groups:\\t${ids.gid} $`, 'm'));
  assert.match(status, /^CapEff:\t0+$/m);
  // The user may not look into it, although it has the user's number.
  assert.equal(statSync(`/proc/${pid}/fd`).uid, 0);
});

test('the user cannot open an inspector in it', { skip }, async (t) => {
  const { worker, pid } = start(t, { directory: home(t) });
  await worker.readFile('x', { maxBytes: 1, followLinks: false });
  const before = sockets(pid);
  const kill = await worker.command(
    command(`kill -USR1 ${pid}; kill -TERM ${pid}; sleep 0.5`),
    inlineMessage('x\n'),
  );
  assert.equal(kill.is, 'exited');
  assert.equal(sockets(pid), before);
});

function sockets(pid: number): string {
  return spawnSync('sh', ['-c', `ls -l /proc/${pid}/fd | grep -c socket`], { encoding: 'utf8' })
    .stdout;
}

test('a mailbox below a directory that only root may enter is reached from within', {
  skip,
}, async (t) => {
  const directory = home(t);
  chmodSync(`${directory}/..`, 0o700);
  const { worker } = start(t, { directory });
  assert.deepEqual(await worker.maildir('Maildir/', inlineMessage('x\n'), testLimits), {
    is: 'done',
  });
  assert.equal(statSync(`${directory}/Maildir/new`).uid, ids.uid);
});

test('a home that is replaced is delivered to by its name', { skip }, async (t) => {
  const directory = home(t);
  const { worker } = start(t, { directory });
  const deliver = (): Promise<unknown> =>
    worker.maildir(`${directory}/Maildir/`, inlineMessage('x\n'), testLimits);
  assert.deepEqual(await deliver(), { is: 'done' });
  renameSync(directory, `${directory}.old`);
  mkdirSync(directory);
  chownSync(directory, ids.uid, ids.gid);
  assert.deepEqual(await deliver(), { is: 'done' });
  assert.equal(readdirSync(`${directory}/Maildir/new`).length, 1);
});

test('a home that is gone is an error, not an endless search', { skip }, async (t) => {
  const directory = home(t);
  chmodSync(`${directory}/..`, 0o700);
  const { worker } = start(t, { directory });
  await worker.readFile('x', { maxBytes: 1, followLinks: false });
  rmSync(directory, { recursive: true });
  const outcome = await worker.maildir(`${directory}/Maildir/`, inlineMessage('x\n'), testLimits);
  assert.ok(outcome.is === 'bounced' && outcome.text.endsWith('No such file or directory'));
});

test('a command cannot write files beyond the limit, the helper can', { skip }, async (t) => {
  const directory = home(t);
  const { worker } = start(t, { directory });
  const outcome = await worker.command(
    { ...command('yes | head -c 100000 > big; echo $?'), directory },
    inlineMessage('x\n'),
  );
  assert.equal(outcome.is, 'exited');
  assert.equal(statSync(`${directory}/big`).size, 1024);
  assert.deepEqual(await worker.maildir('M/', inlineMessage('x'.repeat(5000)), testLimits), {
    is: 'done',
  });
});

test("in a group's mail spool it has the group, and runs no commands", { skip }, async (t) => {
  const directory = home(t, 0o2775, { uid: 0, gid: 8 });
  const { worker } = start(t, { directory, name: 'u', purpose: 'spool' });
  const box = `${directory}/u`;
  assert.deepEqual(await worker.mbox(box, from, inlineMessage('x\n'), testLimits), { is: 'done' });
  const { uid, gid, mode } = statSync(box);
  assert.deepEqual([uid, gid, mode & 0o7777], [ids.uid, 8, 0o600]);
  assert.equal(existsSync(`${box}.lock`), false);
  await assert.rejects(worker.command(command('true'), inlineMessage('x\n')), /runs no commands/);
});

test("in root's mail spool the mailbox is made first", { skip }, async (t) => {
  const directory = home(t, 0o755, { uid: 0, gid: 0 });
  const { worker } = start(t, { directory, name: 'u', purpose: 'spool-once' });
  const limits = { ...testLimits, lockMethods: ['fcntl'] as const };
  assert.deepEqual(await worker.mbox(`${directory}/u`, from, inlineMessage('x\n'), limits), {
    is: 'done',
  });
  assert.deepEqual(
    [statSync(`${directory}/u`).uid, statSync(`${directory}/u`).gid],
    [ids.uid, ids.gid],
  );
});

test('root runs no commands and reads no files', { skip }, async (t) => {
  const { worker } = start(t, { directory: home(t), name: 'root', uid: 0, gid: 0 });
  await assert.rejects(worker.command(command('true'), inlineMessage('x\n')), /runs no commands/);
  await assert.rejects(
    worker.readFile('/etc/shadow', { maxBytes: 1e6, followLinks: true }),
    /reads no files/,
  );
});
