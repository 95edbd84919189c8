/** target/sasl - logins: every mechanism as server, as client, and both back ends' answers. */
import { parseSaslauthdAnswer } from '../../../lib/auth/backend/saslauthd.js';
import type { BackEnd } from '../../../lib/auth/backend.js';
import { clientMechanisms } from '../../../lib/auth/client/mechanisms.js';
import { parseCyrusConfig } from '../../../lib/auth/cyrus-config.js';
import { parseDirectives } from '../../../lib/auth/digest-md5.js';
import { authLine, continueLine, parseDovecotLine } from '../../../lib/auth/dovecot/protocol.js';
import { decodeBase64 } from '../../../lib/auth/exchange.js';
import { mechanisms } from '../../../lib/auth/mechanisms.js';
import { readSafeStore } from '../../../lib/auth/safe-store.js';
import { parseSasldbKey } from '../../../lib/auth/sasldb.js';
import { makeScramKeys } from '../../../lib/auth/scram-keys.js';
import { FatalError } from '../../../lib/util/fatal-error.js';
import { Choices } from '../choices.js';
import { declared, type FuzzTarget, must, mustBeOneLine, mustBeUnpolluted } from '../target.js';

const bindings = { 'tls-exporter': Buffer.from('channel') };
const scramNonce = Buffer.alloc(24, 7).toString('base64');

export const sasl: FuzzTarget = {
  name: 'sasl',
  seeds: [
    '\x0b\x00\0ann\0pw1',
    '\x0a\x00\x01ann\x01pw1',
    '\x09\x00\x01ann 0123456789abcdef0123456789abcdef',
    `\x04\x00n,,n=ann,r=abc\x01c=biws,r=abc${scramNonce},p=AAAA`,
    '\x00\x00p=tls-exporter,,n=ann,r=abc\x01c=x,r=y,p=z',
    '\x07\x00\x01username="ann",realm="r",nonce="x",cnonce="y",nc=00000001,qop=auth,digest-uri="smtp/h",response=0,charset=utf-8',
    `\x03\x01r=${scramNonce}xyz,s=QSXCR+Q6sek8bf92,i=2\x01v=AAAA`,
    '\x05\x01realm="r",nonce="n",qop="auth",charset=utf-8,algorithm=md5-sess\x01rspauth=x',
    '\x08\x01\x01ann',
    '\x00\x02OK\t1\tuser=a\x01tb\nFAIL\t2\ttemp\nMECH\tPLAIN\tplaintext\nCONT\t3\tYQ==',
    '\x00\x03pwcheck_method: auxprop\nmech_list: PLAIN LOGIN\n# x\n__proto__: y\n',
    '\x00\x04\0\x02OK',
    '\x00\x05hikyaku-accounts 1\n{"user":"a","realm":"b"}\n',
  ],
  words: [
    '\0',
    '\x01',
    ',',
    '=',
    'n=',
    'r=',
    'c=',
    'p=',
    'i=',
    's=',
    'a=',
    'y,',
    '"',
    '\\',
    '=2C',
    '=3D',
    '\t',
    '\n',
    'AAAA',
    'ann',
    'i=999999999',
    'user=',
    '\xc2\xad',
    '\xff',
    '__proto__',
  ],
  start() {
    const keys = new Map<string, ReturnType<typeof makeScramKeys>>();
    const backEnd: BackEnd = {
      name: 'fuzz',
      offers: new Set(['password', 'secret']),
      scramIterations: 4096,
      checkPassword: async (user, password) => {
        mustBeOneLine(user.replace(/[\u0085\u2028\u2029]/g, ''), 'the name of a login');
        return { is: user === 'ann' && password === 'pw1' ? 'right' : 'wrong' };
      },
      secret: async (user) => (user === 'ann' ? { is: 'found', value: 'pw1' } : { is: 'unknown' }),
      scramKeys: async (user, hash) => {
        if (user !== 'ann') return { is: 'unknown' };
        const known = keys.get(hash) ?? makeScramKeys(hash, 'pw1', { iterations: 4096 });
        keys.set(hash, known);
        return { is: 'found', value: await known };
      },
    };
    return async (input) => {
      const choices = new Choices(input);
      const which = choices.byte();
      const part = choices.below(6);
      const bytes = choices.rest();
      const messages = bytes.toString('latin1').split('\x01').slice(0, 6);
      if (part === 0) await server(which, messages, backEnd);
      else if (part === 1) await client(which, messages);
      else others(part, bytes);
      mustBeUnpolluted();
    };
  },
};

async function server(which: number, messages: readonly string[], backEnd: BackEnd): Promise<void> {
  const mechanism = mechanisms[which % mechanisms.length];
  if (!mechanism) return;
  const machine = mechanism.create({
    backEnd,
    realms: { localDomain: '', hostname: 'mail.example.test' },
    service: 'smtp',
    bindings,
    offersPlus: true,
    certificateName: 'ann',
    fakeSecret: Buffer.alloc(32, 1),
    randomBytes: (size) => Buffer.alloc(size, 7),
    now: () => 1_800_000_000_000,
  });
  const [first, ...others] = messages;
  let step = await machine.start(first === '' ? undefined : Buffer.from(first ?? '', 'latin1'));
  for (const message of others) {
    if (step.is !== 'challenge') break;
    must(step.data.length <= 20_000, 'a challenge out of bounds');
    step = await machine.step(Buffer.from(message, 'latin1'));
  }
  if (step.is === 'done')
    must(/^ann(@|$)/.test(step.user), () => `logged in as ${JSON.stringify(step)}`);
  else if (step.is === 'failed') must(!/undefined|is not/.test(step.reason), step.reason);
}

async function client(which: number, messages: readonly string[]): Promise<void> {
  const mechanism = clientMechanisms[which % clientMechanisms.length];
  if (!mechanism) return;
  const machine = mechanism.create({
    credentials: { user: 'ann', secret: 'pw1' },
    service: 'smtp',
    host: 'mail.example.test',
    authzid: '',
    bindings,
    isPlusOffered: true,
    randomBytes: (size) => Buffer.alloc(size, 7),
  });
  machine.initial();
  for (const message of messages) {
    // A million rounds of a hash are what the bound allows, and not what is measured here.
    if (/i=\d{4,}/.test(message)) return;
    const response = await machine.respond(Buffer.from(message, 'latin1'));
    if (typeof response === 'string') break;
    must(response.length <= 2 * message.length + 1000, 'a response out of bounds');
  }
  machine.isSatisfied();
}

function others(part: number, bytes: Buffer): void {
  const text = bytes.toString();
  switch (part) {
    case 2:
      for (const line of text.split('\n').slice(0, 100)) parseDovecotLine(line);
      must(
        authLine({
          id: 1,
          mechanism: text,
          service: text,
          parameters: [['lip', text]],
          initial: text,
        }).split('\t').length === 6 && continueLine(1, text).split('\n').length === 2,
        'a field of a client added one',
      );
      return;
    case 3:
      declared([FatalError], () => parseCyrusConfig(text, 'smtpd.conf'));
      return;
    case 4: {
      const answer = parseSaslauthdAnswer(bytes);
      if (answer?.is === 'right')
        must(bytes.toString('latin1', 2, 4) === 'OK', 'a yes that is none');
      parseSasldbKey(bytes);
      parseDirectives(bytes);
      decodeBase64(text);
      return;
    }
    default:
      declared([Error], () => readSafeStore(bytes));
  }
}
