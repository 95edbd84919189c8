/** dialogues - the back ends under test, what is said to each, and where we differ from Postfix on purpose. */

/** port: last digit of the service's port. */
export const backEnds = {
  sasldb: {
    port: 1,
    config: 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: @base@/debian.db\n',
  },
  sasldb_ours: {
    port: 2,
    config: 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: @base@/ours.db\n',
  },
  shadow: {
    port: 3,
    config:
      'pwcheck_method: saslauthd\nsaslauthd_path: @base@/shadow/mux\nmech_list: plain login\n',
  },
  pam: {
    port: 4,
    config: 'pwcheck_method: saslauthd\nsaslauthd_path: @base@/pam/mux\nmech_list: plain login\n',
  },
  dovecot: { port: 5 },
  dovecot_inet: { port: 6 },
  safe: {
    port: 7,
    config: 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: @base@/safe.db\n',
  },
};

export const masterLines = (base) =>
  Object.entries(backEnds)
    .map(([name, { port, config }]) => {
      const dovecot = name === 'dovecot' ? `${base}/dovecot/auth` : 'inet:127.0.0.1:12345';
      const options = config
        ? `-o smtpd_sasl_path=${name}`
        : `-o smtpd_sasl_type=dovecot -o smtpd_sasl_path=${dovecot}`;
      return `127.0.0.1:@port@${port} inet n - n - - smtpd ${options}\n`;
    })
    .join('');

const everything = ['PLAIN', 'LOGIN', 'CRAM-MD5', 'DIGEST-MD5', 'SCRAM-SHA-1', 'SCRAM-SHA-256'];

export function mechanismsOf(backEnd) {
  if (backEnd === 'shadow' || backEnd === 'pam') return ['PLAIN', 'LOGIN'];
  if (backEnd === 'safe') return ['PLAIN', 'LOGIN', 'SCRAM-SHA-1', 'SCRAM-SHA-256'];
  return everything;
}

const base64 = (text) => Buffer.from(text).toString('base64');
const plain = (user, password, as = '') => `AUTH PLAIN ${base64(`${as}\0${user}\0${password}`)}`;
const [mail, rcpt] = ['MAIL FROM:<a@b.test>', 'RCPT TO:<x@far.test>'];

const common = [
  ['a stranger may not relay', ['EHLO x', mail, rcpt]],
  ['PLAIN, and a relay', ['EHLO x', plain('oyaji', 'pw1'), mail, rcpt, 'QUIT']],
  ['wrong and unknown', ['EHLO x', plain('oyaji', 'bad'), plain('nobody1', 'pw1')]],
  ['LOGIN', ['EHLO x', 'AUTH LOGIN', base64('oyaji'), base64('pw1')]],
  ['LOGIN, wrong', ['EHLO x', 'AUTH LOGIN', base64('oyaji'), base64('x')]],
  ['LOGIN with the name at once', ['EHLO x', `AUTH LOGIN ${base64('oyaji')}`, base64('pw1')]],
  ['cancelled', ['EHLO x', 'AUTH PLAIN', '*', 'AUTH LOGIN', base64('oyaji'), '*', 'NOOP']],
  ['repeated', ['EHLO x', plain('oyaji', 'pw1'), plain('oyaji', 'pw1'), 'EHLO x']],
  ['within a transaction', ['EHLO x', mail, plain('oyaji', 'pw1'), 'RSET', plain('oyaji', 'pw1')]],
  ['syntax', ['EHLO x', 'AUTH', 'AUTH PLAIN a b', 'AUTH NONE']],
  ['too long', ['EHLO x', 'AUTH PLAIN', 'A'.repeat(13000), 'NOOP']],
  ['before EHLO', [plain('oyaji', 'pw1')]],
];
const cyrusOnly = [
  [
    'malformed',
    [
      'EHLO x',
      'AUTH PLAIN',
      '!!!',
      'AUTH PLAIN !',
      plain('oyaji', 'pw1\0x'),
      `AUTH PLAIN ${base64('oyaji')}`,
    ],
  ],
  ['as someone else', ['EHLO x', plain('oyaji', 'pw1', 'root'), plain('oyaji', 'pw1', 'oyaji')]],
  ['CRAM-MD5, refused', ['EHLO x', 'AUTH CRAM-MD5 YQ==']],
];

/** Dialogues in which somebody logs in. */
export const succeeds = new Set([
  'PLAIN, and a relay',
  'LOGIN',
  'LOGIN with the name at once',
  'repeated',
  'within a transaction',
  'as someone else', // the second time it is oneself
  'before EHLO',
]);

export const dialogues = Object.keys(backEnds)
  .filter((backEnd) => backEnd !== 'safe') // Postfix cannot read it
  .flatMap((backEnd) =>
    [...common, ...(backEnds[backEnd].config ? cyrusOnly : [])].map(([name, steps]) => ({
      backEnd,
      name,
      steps,
    })),
  );

/** What stands in docs/topics/differences.md. */
export function isMeant(_backEnd, label, theirs, mine) {
  // The order of AUTH's list is the client's business.
  if (label.startsWith('EHLO')) return sorted(theirs) === sorted(mine);
  return false;
}

const sorted = (text) =>
  text
    .replaceAll(' NTLM', '')
    .split(/[\s=-]+/)
    .sort()
    .join(' ');
