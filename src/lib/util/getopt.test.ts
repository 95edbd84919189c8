import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getopt } from './getopt.js';

test('letters may share a dash, and values may be joined or not', () => {
  assert.deepEqual(getopt(['-ab', '-cVALUE', '-c', 'other', 'x', '-a'], 'abc:'), {
    options: [
      { letter: 'a', value: '' },
      { letter: 'b', value: '' },
      { letter: 'c', value: 'VALUE' },
      { letter: 'c', value: 'other' },
    ],
    operands: ['x', '-a'],
    problem: undefined,
  });
});

test('-- ends the options, a lone dash is an operand', () => {
  assert.deepEqual(getopt(['-a', '--', '-b'], 'ab').operands, ['-b']);
  assert.deepEqual(getopt(['-', '-b'], 'ab').operands, ['-', '-b']);
});

test('an unknown letter and a missing value are told as by the C library', () => {
  assert.equal(getopt(['-ax'], 'a').problem, "invalid option -- 'x'");
  assert.equal(getopt(['-a:'], 'ab:').problem, "invalid option -- ':'");
  assert.equal(getopt(['-b'], 'ab:').problem, "option requires an argument -- 'b'");
});
