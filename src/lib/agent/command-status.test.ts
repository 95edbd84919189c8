import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandOutcome } from '../ipc/conversation/mailbox.js';
import { commandResult } from './command-status.js';

const exited = (status: number, output = ''): CommandOutcome => ({ is: 'exited', status, output });

const ended = (outcome: CommandOutcome, command: string): ReturnType<typeof commandResult> =>
  commandResult(outcome, command, {
    delivered: () => `delivered to command: ${command}`,
    fatal: (text) => `local: fatal: ${text}`,
  });

const rows: readonly [name: string, outcome: CommandOutcome, expected: string][] = [
  ['success', exited(0, 'ignored\n'), 'sent 2.0.0 delivered to command: cmd x'],
  ['a status of no meaning', exited(1), 'bounced 5.3.0 Command died with status 1: "cmd x"'],
  ['a status of sysexits', exited(67), 'bounced 5.1.1 user unknown'],
  [
    'a temporary one',
    exited(75, 'later\n'),
    'deferred 4.3.0 temporary failure. Command output: later ',
  ],
  ['output with a status of its own', exited(1, '4.7.9 not yet\n'), 'deferred 4.7.9 not yet '],
  ['output that claims success', exited(77, '2.7.9 good\n'), 'bounced 5.0.0 good '],
  [
    'output that cannot be printed',
    exited(70, 'a\x80b\x01c\nd\t'),
    'bounced 5.3.0 internal software error. Command output: a_b_c d ',
  ],
  [
    'output in UTF-8',
    exited(70, Buffer.from('失敗').toString('latin1')),
    'bounced 5.3.0 internal software error. Command output: 失敗',
  ],
  [
    'a signal',
    { is: 'signalled', signal: 9, output: '' },
    'deferred 4.3.0 Command died with signal 9: "cmd x"',
  ],
  ['the time limit', { is: 'timeout' }, 'bounced 5.3.0 Command time limit exceeded: "cmd x"'],
  [
    'no such program',
    { is: 'failed', text: 'execvp x', isStarted: true },
    'deferred 4.3.0 temporary failure. Command output: local: fatal: execvp x ',
  ],
];

for (const [name, outcome, expected] of rows) {
  test(name, () => {
    const { action, dsn, text } = ended(outcome, 'cmd x');
    assert.equal(`${action} ${dsn} ${text}`, expected);
  });
}

test('what the command said is the diagnostic', () => {
  assert.equal(ended(exited(70, 'a\nb\n'), 'c').diagnostic, 'a b');
});

test('without words of its own, the diagnostic is what the status stands for', () => {
  assert.equal(ended(exited(67), 'c').diagnostic, 'user unknown');
  assert.equal(ended(exited(3), 'c').diagnostic, 'unknown mail system error 3');
  assert.equal(ended({ is: 'timeout' }, 'c').diagnostic, 'internal software error');
});
