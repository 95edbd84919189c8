import assert from 'node:assert/strict';
import test from 'node:test';
import { option } from './numbers.js';
import { decodeAgreement, encodeOffer, parseProtocol } from './negotiation.js';
import { numbers, strings } from './packet.js';
import { MilterProtocolError } from './protocol-error.js';

const offer = parseProtocol('6');

test('what is offered is what Postfix 3.7 offers, for each version', () => {
  const rows = [
    ['2', 2, 0x7f],
    ['6', 6, 0x1fffff],
    ['2, no_header_reply', 2, 0xff],
  ] as const;
  for (const [text, version, options] of rows)
    assert.deepEqual(parseProtocol(text), { version, options, actions: 0x1ff });
  assert.equal(encodeOffer(offer).toString('hex'), '0000000d4f00000006000001ff001fffff');
});

test('a protocol without a version, or with an unknown word, is said to be wrong', () => {
  for (const text of ['', 'no_header_reply', '7', '6 6', 'x'])
    assert.throws(() => parseProtocol(text));
});

test('a filter names its version, what it does, what it wants, and its macros', () => {
  const data = Buffer.concat([
    numbers(6, 0x11, option.noBody),
    numbers(0),
    strings('j {client_addr}'),
    numbers(5),
    strings('i'),
  ]);
  const agreement = decodeAgreement({ letter: 'O', data }, offer);
  assert.deepEqual(
    [agreement.version, agreement.actions, agreement.options],
    [6, 0x11, option.noBody],
  );
  assert.deepEqual(
    [...agreement.symbols],
    [
      ['connect', 'j {client_addr}'],
      ['endOfBody', 'i'],
    ],
  );
});

test('a filter that wants more than was offered is not agreed with', () => {
  for (const data of [
    numbers(7, 0, 0),
    numbers(6, 0x200, 0),
    numbers(6, 0),
    Buffer.concat([numbers(6, 0, 0, 9), strings('i')]),
    Buffer.concat([numbers(6, 0, 0, 0), Buffer.from('i')]),
  ])
    assert.throws(() => decodeAgreement({ letter: 'O', data }, offer), MilterProtocolError);
  assert.throws(
    () => decodeAgreement({ letter: 'c', data: Buffer.alloc(0) }, offer),
    /unexpected reply "c" in initial handshake/,
  );
});
