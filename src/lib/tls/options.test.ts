import assert from 'node:assert/strict';
import { constants } from 'node:crypto';
import { test } from 'node:test';
import { libraryOptions } from './options.js';

test('names and a number give the bits of the library', () => {
  assert.equal(libraryOptions(''), 0);
  assert.equal(
    libraryOptions('no_ticket, PRIORITIZE_CHACHA'),
    constants.SSL_OP_NO_TICKET | constants.SSL_OP_PRIORITIZE_CHACHA,
  );
  assert.equal(libraryOptions('0x4000'), 0x4000);
});

test('a name that is none is an error that lists those that are', () => {
  for (const text of ['NO_SUCH', 'constructor', 'NO_TICKET 12'])
    assert.throws(
      () => libraryOptions(text),
      /tls_ssl_options = .*unknown option .*known are .*NO_TICKET/,
    );
});
