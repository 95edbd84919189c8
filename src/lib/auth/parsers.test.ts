import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FatalError } from '../util/fatal-error.js';
import { parseSaslauthdAnswer, saslauthdRequest } from './backend/saslauthd.js';
import { parseCyrusConfig } from './cyrus-config.js';
import { authLine, parseDovecotLine } from './dovecot/protocol.js';
import { parseSasldbKey, sasldbKey } from './sasldb.js';

test("saslauthd's answer is known when it is complete, and not before", () => {
  const answer = Buffer.from('\0\u0002OK');
  for (let length = 0; length < answer.length; length += 1)
    assert.equal(parseSaslauthdAnswer(answer.subarray(0, length)), undefined);
  assert.deepEqual(parseSaslauthdAnswer(answer), { is: 'right' });
  assert.deepEqual(parseSaslauthdAnswer(Buffer.from('\0\u0005NO no')), { is: 'wrong' });
  assert.equal(parseSaslauthdAnswer(Buffer.from('\0\u0003OUI'))?.is, 'trouble');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const found = parseSaslauthdAnswer(Buffer.from(bytes));
      if (found?.is === 'right') assert.equal(Buffer.from(bytes).toString('latin1', 2, 4), 'OK');
    }),
  );
});

test('a request to saslauthd counts bytes, not characters', () => {
  const request = saslauthdRequest([Buffer.from('ü'), Buffer.alloc(0)]);
  assert.deepEqual([...request], [0, 2, 0xc3, 0xbc, 0, 0]);
});

test('no field of a client can add a field to a request to Dovecot', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (mechanism, initial) => {
      const line = authLine({
        id: 1,
        mechanism,
        service: 'smtp',
        parameters: [['nologin', undefined]],
        initial,
      });
      assert.equal(line.split('\t').length, 6);
      assert.equal(line.split('\n').length, 2);
    }),
  );
});

test('any line of Dovecot is understood or passed over; its escapes are undone', () => {
  fc.assert(fc.property(fc.string(), (line) => void parseDovecotLine(line)));
  const line = parseDovecotLine('FAIL\t7\tuser=a\x01tb\treason=no\ttemp');
  assert.ok(line.is === 'fail');
  assert.deepEqual(
    [...line.fields],
    [
      ['user', 'a\tb'],
      ['reason', 'no'],
      ['temp', ''],
    ],
  );
  assert.equal(parseDovecotLine('OK\tx\tuser=a').is, 'other');
});

test('smtpd.conf: values, defaults, and a warning for what is not known', () => {
  const config = parseCyrusConfig(
    '# c\npwcheck_method: saslauthd\nMech_List: plain login\nsaslauthd_path: /run/x/mux\nfoo: bar\nrubbish\n',
    'smtpd.conf',
  );
  assert.deepEqual(config.pwcheckMethods, ['saslauthd']);
  assert.deepEqual([...(config.mechList ?? [])], ['PLAIN', 'LOGIN']);
  assert.equal(config.saslauthdPath, '/run/x/mux');
  assert.equal(config.warnings.length, 2);
  assert.match(config.warnings[0] ?? '', /^smtpd\.conf line 6/);
  const nothing = parseCyrusConfig('', undefined);
  assert.deepEqual(nothing.pwcheckMethods, ['auxprop']);
  assert.equal(nothing.sasldbPath, '/etc/sasldb2');
});

test('smtpd.conf: the mistakes that the guide warns of are named', () => {
  assert.throws(() => parseCyrusConfig('pwcheck_method: sasldb2', 'f'), /f line 1.*write auxprop/);
  assert.throws(() => parseCyrusConfig('auxprop_plugin: sql', 'f'), FatalError);
});

test('keys of sasldb come back as they were', () => {
  const name = fc.string().filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(name, name, (user, realm) => {
      const key = sasldbKey({ user, realm });
      assert.deepEqual(parseSasldbKey(key), { user, realm, property: 'userPassword' });
    }),
  );
  assert.equal(parseSasldbKey(Buffer.from('a\0b')), undefined);
});
