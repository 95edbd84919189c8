import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAttributes } from './attributes.js';

const settings = { mail_owner: 'daemon' };
const problem = (...args: string[]): string => {
  try {
    readAttributes(args, settings);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

test('user= and argv= are read, and everything behind argv= is the command', () => {
  const { argv, uid } = readAttributes(
    ['user=nobody', 'argv=/bin/cat', '-o', 'user=root'],
    settings,
  );
  assert.deepEqual(argv, ['/bin/cat', '-o', 'user=root']);
  assert.ok(uid > 0);
});

test('a command has never the rights of root or of the mail system', () => {
  assert.equal(problem('user=root', 'argv=x'), 'request to deliver as root');
  assert.equal(problem('user=daemon', 'argv=x'), 'request to deliver as mail system owner');
  assert.equal(problem('user=nobody:root', 'argv=x'), 'request to use privileged group id 0');
});

test('what is missing or unknown is said', () => {
  assert.equal(problem('argv=x'), 'missing user= attribute');
  assert.equal(problem('user=nobody'), 'missing argv= attribute');
  assert.equal(problem('user=nobody', 'argv='), 'missing argv= attribute');
  assert.equal(problem('user=no-such-user', 'argv=x'), 'unknown user name: no-such-user');
  assert.equal(problem('user=nobody:no-such-group', 'argv=x'), 'unknown group name: no-such-group');
  assert.match(
    problem('user=nobody', '-o', 'a=b', 'argv=x'),
    /unknown attribute name: -o; -o settings/,
  );
});
