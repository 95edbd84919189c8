import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { AccountFiles } from './account-file.js';
import { createAccounts } from './backend/accounts.js';
import type { BackEnd } from './backend.js';
import type { ClientContext } from './client/client.js';
import { clientMechanisms } from './client/mechanisms.js';
import { digestProof, parseDirectives } from './digest-md5.js';
import type { Step } from './exchange.js';
import { cramProof } from './mechanism/cram-md5.js';
import { createScram } from './mechanism/scram.js';
import type { ChannelBindings, MechanismContext, MechanismMachine } from './mechanism.js';
import { mechanisms } from './mechanisms.js';
import { makeAccount, readSafeStore, writeSafeStore } from './safe-store.js';
import { makeScramKeys } from './scram-keys.js';
import { buildSasldb } from './sasldb.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'sasl-test-'));
after(() => rmSync(folder, { recursive: true }));
const realms = { localDomain: '', hostname: 'mail.example.test' };
const people = { ann: 'pw1', 'ünï,=x': 'pässwörd', kanji: '秘密' };
const sasldb = path.join(folder, 'sasldb2');
const safe = path.join(folder, 'accounts');
writeFileSync(
  sasldb,
  Buffer.concat(
    buildSasldb(
      Object.entries(people).map(([user, password]) => ({
        user,
        realm: realms.hostname,
        property: 'userPassword',
        value: Buffer.from(password),
      })),
    ),
  ),
);
writeFileSync(
  safe,
  writeSafeStore(
    await Promise.all(
      Object.entries(people).map(([user, password]) =>
        makeAccount({ user, realm: realms.hostname }, password),
      ),
    ),
  ),
);
const backEnds: Record<string, BackEnd> = {
  sasldb: createAccounts(new AccountFiles(sasldb), realms),
  'safe store': createAccounts(new AccountFiles(safe), realms),
};
const bindings: ChannelBindings = { 'tls-exporter': Buffer.from('channel') };
const countUp = (size: number): Buffer => Buffer.alloc(size, 7);

function server(name: string, more: Partial<MechanismContext> = {}): MechanismMachine {
  const mechanism = mechanisms.find((row) => row.name === name);
  assert.ok(mechanism, name);
  return mechanism.create({
    backEnd: backEnds['sasldb'] as BackEnd,
    realms,
    service: 'smtp',
    bindings,
    offersPlus: false,
    certificateName: undefined,
    fakeSecret: Buffer.alloc(32),
    randomBytes: countUp,
    now: () => 0,
    ...more,
  });
}

/** Client and server talk until one has enough. */
async function logIn(
  name: string,
  user: string,
  secret: string,
  more: Partial<MechanismContext> = {},
  clientMore: Partial<ClientContext> = {},
): Promise<Step | string> {
  const client = clientMechanisms
    .find((row) => row.name === name)
    ?.create({
      credentials: { user, secret },
      service: 'smtp',
      host: realms.hostname,
      authzid: '',
      bindings,
      isPlusOffered: true,
      randomBytes: countUp,
      ...clientMore,
    });
  assert.ok(client);
  const machine = server(name, more);
  let step = await machine.start(client.initial());
  for (let round = 0; step.is === 'challenge' && round < 5; round += 1) {
    const response = await client.respond(step.data);
    if (typeof response === 'string') return response;
    step = await machine.step(response);
  }
  if (step.is === 'done') assert.ok(client.isSatisfied(), 'the server has proven itself');
  return step;
}

for (const [where, backEnd] of Object.entries(backEnds)) {
  for (const { name } of clientMechanisms) {
    const needs = mechanisms.find((row) => row.name === name)?.needs;
    if (needs === undefined || !backEnd.offers.has(needs)) continue;
    test(`${name} with ${where}: the right password, and no other, of all kinds of names`, async () => {
      for (const [user, password] of Object.entries(people)) {
        assert.deepEqual(await logIn(name, user, password, { backEnd }), { is: 'done', user });
        const wrong = await logIn(name, user, `${password}x`, { backEnd });
        assert.ok(typeof wrong === 'object' && wrong.is === 'failed' && !wrong.isTemporary);
      }
    });
    test(`${name} with ${where}: an unknown name fails as a wrong password does`, async () => {
      const wrong = await logIn(name, 'ann', 'bad', { backEnd });
      const unknown = await logIn(name, 'nobody', 'bad', { backEnd });
      assert.ok(typeof wrong === 'object' && typeof unknown === 'object');
      assert.deepEqual({ ...unknown, user: 'ann' }, wrong);
      assert.ok(typeof (await logIn(name, 'nobody', '', { backEnd })) === 'object');
    });
  }
}

test('nobody may act as someone else', async () => {
  for (const name of ['PLAIN', 'SCRAM-SHA-256', 'DIGEST-MD5']) {
    const step = await logIn(name, 'ann', 'pw1', {}, { authzid: 'kanji' });
    assert.ok(typeof step === 'object' && step.is === 'failed', name);
    assert.deepEqual(await logIn(name, 'ann', 'pw1', {}, { authzid: 'ann' }), {
      is: 'done',
      user: 'ann',
    });
  }
});

test('the channel of SCRAM-PLUS must be the same on both sides', async () => {
  const other = { bindings: { 'tls-exporter': Buffer.from('another') } };
  const step = await logIn('SCRAM-SHA-256-PLUS', 'ann', 'pw1', {}, other);
  assert.ok(typeof step === 'object' && step.is === 'failed');
});

test('who was told that there is no channel binding, though there is, stops', async () => {
  const machine = server('SCRAM-SHA-256', { offersPlus: true });
  assert.equal((await machine.start(Buffer.from('y,,n=ann,r=abc'))).is, 'failed');
  const honest = server('SCRAM-SHA-256', { offersPlus: false });
  assert.equal((await honest.start(Buffer.from('y,,n=ann,r=abc'))).is, 'challenge');
});

test('a client that was not offered -PLUS says so, and a server that offers it sees the one in between', async () => {
  const login = async (offersPlus: boolean): Promise<Step | string> =>
    logIn('SCRAM-SHA-256', 'ann', 'pw1', { offersPlus }, { isPlusOffered: false });
  const through = await login(false);
  assert.ok(typeof through !== 'string' && through.is === 'done');
  const attacked = await login(true);
  assert.ok(typeof attacked !== 'string' && attacked.is === 'failed');
});

test('EXTERNAL takes the name of the certificate, and only that', async () => {
  const known = { certificateName: 'ann' };
  assert.deepEqual(await server('EXTERNAL', known).start(Buffer.alloc(0)), {
    is: 'done',
    user: 'ann',
  });
  assert.equal((await server('EXTERNAL', known).start(Buffer.from('eve'))).is, 'failed');
  assert.equal((await server('EXTERNAL').start(Buffer.alloc(0))).is, 'failed');
});

test('a back end in trouble is no wrong password', async () => {
  const backEnd = createAccounts(new AccountFiles(path.join(folder, 'absent')), realms);
  for (const { name } of clientMechanisms) {
    if (name.includes('PLUS')) continue;
    const step = await logIn(name, 'ann', 'pw1', { backEnd });
    assert.ok(typeof step === 'object' && step.is === 'failed' && step.isTemporary, name);
  }
});

test('RFC 2195: the example of CRAM-MD5', () => {
  const text = '<1896.697170952@postoffice.reston.mci.net>';
  assert.equal(cramProof('tanstaaftanstaaf', text), 'b913a602c7eda7a495b4e6e7334d3890');
});

test('RFC 2831: the example of DIGEST-MD5', () => {
  const parts = {
    user: 'chris',
    realm: 'elwood.innosoft.com',
    password: 'secret',
    nonce: 'OA6MG9tEQGm2hh',
    cnonce: 'OA6MHXh6VqTrRk',
    nc: '00000001',
    uri: 'imap/elwood.innosoft.com',
    authzid: '',
  };
  assert.equal(digestProof(parts, 'AUTHENTICATE', 'utf8'), 'd388dad90d4bbd760a152321f2143af7');
  assert.equal(digestProof(parts, '', 'utf8'), 'ea40f60335c427b5527b84dbabcdfffd');
});

test('RFC 7677: the example of SCRAM-SHA-256', async () => {
  const nonce = Buffer.from('%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0', 'latin1');
  const keys = await makeScramKeys('sha256', 'pencil', {
    salt: Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'),
    iterations: 4096,
  });
  const backEnd: BackEnd = {
    name: 'one',
    offers: new Set(['scram:sha256'] as const),
    scramIterations: 4096,
    checkPassword: async () => ({ is: 'wrong' }),
    secret: async () => ({ is: 'unknown' }),
    scramKeys: async () => ({ is: 'found', value: keys }),
  };
  // Our nonce is base64 of random bytes; the RFC's is a text, put in its place here.
  const randomBytes = (): Buffer =>
    Object.assign(nonce, { toString: () => '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0' });
  const machine = createScram(
    {
      backEnd,
      realms,
      service: 'smtp',
      bindings: undefined,
      offersPlus: false,
      certificateName: undefined,
      fakeSecret: nonce,
      randomBytes,
      now: () => 0,
    },
    { name: 'SCRAM-SHA-256', hash: 'sha256', isPlus: false },
  );
  const said = (step: Step): string => (step.is === 'challenge' ? step.data.toString() : step.is);
  assert.equal(
    said(await machine.start(Buffer.from('n,,n=user,r=rOprNGfwEbeRWgbNEkqO'))),
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  );
  const final =
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
  assert.equal(
    said(await machine.step(Buffer.from(final))),
    'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  );
  assert.deepEqual(await machine.step(Buffer.alloc(0)), { is: 'done', user: 'user' });
});

test('whatever bytes come, a machine answers and lets nobody in', async () => {
  const names = mechanisms.map(({ name }) => name);
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc
      .string({
        unit: fc.constantFrom('n', 'y', 'p', '=', ',', 'r', 'c', 'a', '\0', '"', ' ', '\\'),
      })
      .map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      fc.option(message, { nil: undefined }),
      fc.array(message, { maxLength: 3 }),
      async (name, initial, responses) => {
        const machine = server(name);
        let step = await machine.start(initial);
        for (const response of responses) {
          assert.notEqual(step.is, 'done');
          if (step.is !== 'challenge') return;
          step = await machine.step(response);
        }
        assert.notEqual(step.is, 'done');
      },
    ),
    { numRuns: 300 },
  );
});

test('directives: what is quoted comes back, whatever it is; rubbish is refused, not misread', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
      const found = parseDirectives(Buffer.from(`a=${quote(one)}, b=${quote(other)}`));
      assert.deepEqual(
        [...(found ?? [])],
        [
          ['a', one],
          ['b', other],
        ],
      );
    }),
  );
  for (const bad of ['a', 'a=', 'a="', 'a="b', 'a=b,a=c', 'a=b c', '=b'])
    assert.equal(parseDirectives(Buffer.from(bad)), undefined, bad);
});

test('a damaged safe store is said with its line, and never half read', () => {
  assert.throws(() => readSafeStore(Buffer.from('hikyaku-accounts 1\n{"user":"a"}\n')), /line 2/);
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        readSafeStore(Buffer.from(`hikyaku-accounts 1\n${text}`));
      } catch (error) {
        assert.match((error as Error).message, /^line \d+ is damaged$/);
      }
    }),
  );
});

test('SCRAM tells nothing of a name: salt and count look the same, and stay the same', async () => {
  for (const backEnd of Object.values(backEnds)) {
    const first = async (user: string): Promise<string> => {
      const step = await server('SCRAM-SHA-256', { backEnd }).start(
        Buffer.from(`n,,n=${user},r=abc`),
      );
      return step.is === 'challenge' ? step.data.toString() : step.is;
    };
    const shape = (text: string): string => text.replace(/s=[^,]*/, (salt) => `s ${salt.length}`);
    assert.equal(shape(await first('nobody')), shape(await first('ann')));
    assert.equal(await first('nobody'), await first('nobody'));
    assert.notEqual(await first('nobody'), await first('noone'));
  }
});
