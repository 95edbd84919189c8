import assert from 'node:assert/strict';
import { constants } from 'node:crypto';
import { test } from 'node:test';
import { asOptions, libraryOptions, workarounds } from './options.js';

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

test('tls_disable_workarounds leaves out what it names; a number names bits', () => {
  const all = constants.SSL_OP_ALL;
  assert.equal(asOptions(workarounds('')), all);
  assert.equal(
    asOptions(workarounds('cryptopro_tlsext_bug, TLSEXT_PADDING TLS_D5_BUG')),
    all - constants.SSL_OP_CRYPTOPRO_TLSEXT_BUG - 16,
  );
  assert.equal(asOptions(workarounds('0xFFFFFFFF')), 0);
  assert.throws(() => workarounds('NO_SUCH_BUG'), /unknown workaround NO_SUCH_BUG/);
});
