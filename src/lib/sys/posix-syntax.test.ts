import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTooBig, refersBack, toPcre } from './posix-syntax.js';

test('repetitions within repetitions and deep brackets are too big; long patterns are not', () => {
  assert.ok(isTooBig('((a{1,100}){1,100}){1,100}', true));
  assert.ok(isTooBig('(x{1000}){1000}', true));
  assert.ok(isTooBig('\\(x\\{1000\\}\\)\\{1000\\}', false));
  assert.ok(isTooBig('('.repeat(1000), true));
  for (const fine of [
    '^(user)-(.*)@x$',
    `(${'word|'.repeat(5000)}x)`,
    '[0-9]{1,3}(\\.[0-9]{1,3}){3}',
    'a{255}',
  ])
    assert.ok(!isTooBig(fine, true), fine.slice(0, 40));
});

test('a back reference is one outside of brackets only', () => {
  assert.ok(refersBack('^(.+)@\\1$', true));
  assert.ok(refersBack('\\(.\\)\\1', false));
  assert.ok(!refersBack('[\\1]', true));
  assert.ok(!refersBack('\\\\1', true));
});

test('what libpcre2 reads otherwise is written for it, or left to the C library', () => {
  assert.equal(toPcre('^([^]\\x]+)@\\1\\.test$', true), '^([^]\\\\x]+)@\\1\\.test$');
  assert.equal(toPcre('\\(a+\\)\\1\\{2\\}', false), '(a\\+)\\1{2}');
  assert.equal(toPcre('([[:alpha:]]+)\\1', true), '([[:alpha:]]+)\\1');
  assert.equal(toPcre('((ab)*?)\\1', true), '((?:(ab)*)?)\\1');
  assert.equal(toPcre('\\<(a)\\1\\d', true), '\\b(?=\\w)(a)\\1d');
  for (const other of ['(?a)\\1', '([[.a.]])\\1', '*(a)\\1'])
    assert.equal(toPcre(other, true), undefined, other);
});
