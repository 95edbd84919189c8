import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandOutcome, UserCommand } from '../../ipc/conversation/mailbox.js';
import { inlineMessage, streamedMessage, temporaryDirectory } from '../../../testing/mailbox.js';
import { programsOf } from './command-line.js';
import { runUserCommand } from './command.js';

const plain = {
  environment: { PATH: '/usr/bin:/bin' },
  mustExist: true,
  timeoutMs: 10_000,
  fileSizeLimit: 0,
};

function run(
  t: TestContext,
  shell: string,
  more: Partial<UserCommand> = {},
): Promise<CommandOutcome> {
  const directory = temporaryDirectory(t);
  return runUserCommand(
    { ...plain, directory, shell, ...more },
    inlineMessage('content\n'),
    directory,
  );
}

test('the command gets From_ line, prefix and content; its output and status come back', async (t) => {
  assert.deepEqual(await run(t, 'cat; echo err >&2; exit 3', { from: 'From a  date' }), {
    is: 'exited',
    status: 3,
    output: 'From a  date\nReturn-Path: <a@b>\ncontent\nerr\n',
  });
});

test('the environment is what was given, and no descriptor but three is open', async (t) => {
  process.env['HIKYAKU_SECRET'] = 'x';
  const outcome = await run(
    t,
    'env | sort | grep -v -e ^PWD= -e ^_= -e ^SHLVL=; ls /proc/self/fd | wc -l',
    {
      environment: { PATH: '/usr/bin:/bin', A: 'b' },
    },
  );
  // ls opens the directory it lists.
  assert.deepEqual(outcome, { is: 'exited', status: 0, output: 'A=b\nPATH=/usr/bin:/bin\n4\n' });
});

test('a command that reads nothing of a long message ends as it likes', async (t) => {
  const directory = temporaryDirectory(t);
  const message = streamedMessage(Array.from({ length: 100 }, () => 'x'.repeat(65_536)));
  assert.deepEqual(await runUserCommand({ ...plain, directory, shell: 'exit 0' }, message, '/'), {
    is: 'exited',
    status: 0,
    output: '',
  });
});

test('standard input is a pipe that can be opened again', async (t) => {
  const outcome = await run(t, 'cat /dev/stdin >/dev/null && echo yes > /dev/stderr');
  assert.deepEqual(outcome, { is: 'exited', status: 0, output: 'yes\n' });
});

test('output beyond the bound is read and dropped', async (t) => {
  const outcome = await run(t, 'yes | head -c 1000000; exit 70');
  assert.ok(outcome.is === 'exited' && outcome.status === 70);
  assert.equal(outcome.output.length, 4096);
});

test('at the time limit the whole group ends, also what runs in the background', async (t) => {
  const directory = temporaryDirectory(t);
  const command = {
    ...plain,
    directory,
    timeoutMs: 300,
    shell: '(sleep 1; touch late) & sleep 30',
  };
  assert.deepEqual(await runUserCommand(command, inlineMessage('x\n'), '/'), { is: 'timeout' });
  await sleep(1000);
  assert.equal(existsSync(`${directory}/late`), false);
});

test('a process that leaves the group and keeps the pipes does not keep us', async (t) => {
  const command = { timeoutMs: 300 };
  assert.deepEqual(await run(t, 'setsid sleep 2 & sleep 30', command), { is: 'timeout' });
});

test('a signal is told by its number', async (t) => {
  assert.deepEqual(await run(t, 'kill -9 $$'), { is: 'signalled', signal: 9, output: '' });
});

test('a message that breaks off is no message', async (t) => {
  const directory = temporaryDirectory(t);
  const message = streamedMessage(['a', new Error('gone')]);
  const outcome = await runUserCommand({ ...plain, directory, shell: 'cat > got' }, message, '/');
  assert.equal(outcome.is, 'signalled');
});

test('a program that is not there, one that may not be run, a directory that is not there', async (t) => {
  const at = (outcome: CommandOutcome): string =>
    outcome.is === 'failed' ? outcome.text : outcome.is;
  assert.equal(
    at(await run(t, '/nonexistent/program')),
    'execvp /nonexistent/program: No such file or directory',
  );
  assert.equal(at(await run(t, '/etc/passwd x')), 'execvp /etc/passwd: Permission denied');
  assert.match(
    at(await run(t, 'true', { directory: '/nonexistent' })),
    /^cannot change directory to "\/nonexistent" for uid=\d+ gid=\d+: No such/,
  );
  assert.equal(at(await run(t, 'true', { directory: '/nonexistent', mustExist: false })), 'exited');
});

test('a shell is used where one is needed, and not otherwise', () => {
  const programs = (shell: string, shellProgram?: string): unknown =>
    programsOf({
      ...plain,
      directory: '/',
      shell,
      ...(shellProgram === undefined ? {} : { shellProgram }),
    });
  assert.deepEqual(programs('/usr/bin/procmail -a x'), [['/usr/bin/procmail', '-a', 'x']]);
  assert.deepEqual(programs('true'), [['true'], ['/bin/sh', '-c', 'true']]);
  assert.deepEqual(programs('/bin/a | b'), [['/bin/sh', '-c', '/bin/a | b']]);
  assert.deepEqual(programs('/bin/a "b c"'), [['/bin/sh', '-c', '/bin/a "b c"']]);
  assert.deepEqual(programs(''), [['/bin/sh', '-c', '']]);
  assert.deepEqual(programs('a b', '/bin/smrsh -c'), [['/bin/smrsh', '-c', 'a b']]);
});
