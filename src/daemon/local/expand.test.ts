import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandFor, macrosOf } from './expand.js';
import { placeOf } from './place.js';

const filter = 'abcdefghijklmnopqrstuvwxyz0123456789/.+-_';

function forward(
  address: string,
  template = '$home/.forward${recipient_delimiter}${extension}',
): string {
  const place = placeOf(address, { recipient_delimiter: '+-' });
  return expandFor(
    template,
    macrosOf(address, place, { home: '/home/u', shell: '/bin/sh' }),
    filter,
  );
}

test('the extension and the delimiter that was used', () => {
  assert.equal(forward('User+Box@x'), '/home/u/.forward+box');
  assert.equal(forward('user-box@x'), '/home/u/.forward-box');
  assert.equal(forward('user@x'), '/home/u/.forward');
  assert.equal(forward('user@x', '/etc/$user${extension?.$extension}'), '/etc/user');
});

test('characters that a shell or a file system could act on are replaced', () => {
  assert.equal(forward('user+a$b`c;d e@x'), '/home/u/.forward+a_b_c_d_e');
});

test('a value is not expanded again', () => {
  const place = placeOf('user+$home@x', { recipient_delimiter: '+' });
  const macros = macrosOf('user+$home@x', place, { home: '/h', shell: '' });
  assert.equal(expandFor('$extension ${local}', macros, undefined), '$home user+$home');
});
