/**
 * as-client - mail that goes out under TLS, or must not: what Debian's Postfix and Hikyaku log as clients.
 *
 *   npm run test:tls:client [-- --only WORD] [--keep]
 *
 * Each case is a service of master.cf with settings of its own, and a next hop that behaves in some way.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { multisetDifferences, Report } from '../support/compare.js';
import { startDns } from '../support/dns-server.js';
import { isolate, needPrograms } from '../support/isolation.js';
import { Normaliser } from '../support/normalise.js';
import { startPeer } from '../support/peer.js';
import { drivers, Instance } from '../support/servers.js';
import { Authority } from './certificates.js';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, keep: { type: 'boolean', default: false } },
});
needPrograms({ '/usr/sbin/postfix': 'postfix' });
const { base } = await isolate(import.meta.url, { keep: values.keep });
await startDns();
const directory = path.join(base, 'certificates');
mkdirSync(directory);
const authority = await Authority.create(directory);
const own = await authority.sign('own', 'mail.example.test');
chmodSync(directory, 0o755);
chmodSync(authority.certificate, 0o644);
const { raw } = new X509Certificate(readFileSync(own.certificate));
const digest = createHash('sha256').update(raw).digest('hex').toUpperCase();
const fingerprint = (digest.match(/../g) ?? []).join(':');

const ports = { provider: 21110, only13: 21111, wrapper: 21112 };
const offer = ['PIPELINING', 'STARTTLS', 'ENHANCEDSTATUSCODES'];

/** Says 220 to STARTTLS, then what no client takes for TLS. */
function startBreaker(port, then) {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('220 peer.example ESMTP\r\n');
    let started = false;
    socket.on('data', (bytes) => {
      if (started) {
        then(socket);
        return;
      }
      const text = bytes.toString('latin1');
      if (/^EHLO/i.test(text)) socket.write('250-peer.example\r\n250 STARTTLS\r\n');
      else if (/^STARTTLS/i.test(text)) {
        started = true;
        socket.write('220 go on\r\n');
      } else socket.write('250 fine\r\n');
    });
  });
  server.unref();
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}

const next = {
  clear: 21120,
  later: 21121,
  refuses: 21122,
  closes: 21123,
  garbage: 21124,
  closesAtOnce: 21125,
  ...ports,
};
await startPeer(next.clear, {});
await startPeer(next.later, { offer, STARTTLS: '454 4.7.0 TLS not available' });
await startPeer(next.refuses, { offer, STARTTLS: '502 5.5.1 no such command' });
await startPeer(next.closesAtOnce, { offer, STARTTLS: '421 4.3.0 going away' });
await startBreaker(next.closes, (socket) => socket.end());
await startBreaker(next.garbage, (socket) => socket.write('this is no TLS at all, good bye\r\n'));

const trusted = { smtp_tls_CAfile: authority.certificate };
/** [name, next hop, settings] */
const cases = [
  ['none', 'provider', { smtp_tls_security_level: 'none' }],
  ...['may', 'encrypt', 'verify', 'secure', 'fingerprint'].flatMap((level) =>
    Object.keys(next)
      .filter((name) => name !== 'wrapper')
      .map((name) => [`${level} to ${name}`, name, { smtp_tls_security_level: level, ...trusted }]),
  ),
  [
    'verify, right name',
    'provider',
    {
      ...trusted,
      smtp_tls_security_level: 'verify',
      smtp_tls_verify_cert_match: 'mail.example.test',
    },
  ],
  [
    'secure, a name below',
    'provider',
    { ...trusted, smtp_tls_security_level: 'secure', smtp_tls_secure_cert_match: '.example.test' },
  ],
  ['verify, authority unknown', 'provider', { smtp_tls_security_level: 'verify' }],
  [
    'fingerprint, right',
    'provider',
    {
      smtp_tls_security_level: 'fingerprint',
      smtp_tls_fingerprint_digest: 'sha256',
      smtp_tls_fingerprint_cert_match: fingerprint,
    },
  ],
  [
    'fingerprint, wrong',
    'provider',
    {
      smtp_tls_security_level: 'fingerprint',
      smtp_tls_fingerprint_digest: 'sha256',
      smtp_tls_fingerprint_cert_match: fingerprint.replace(/^../, '00').replace(/..$/, '11'),
    },
  ],
  [
    'no protocol in common, may',
    'only13',
    { smtp_tls_security_level: 'may', smtp_tls_protocols: '<=TLSv1.2' },
  ],
  [
    'no protocol in common, encrypt',
    'only13',
    { smtp_tls_security_level: 'encrypt', smtp_tls_mandatory_protocols: '<=TLSv1.2' },
  ],
  ['a level that is none', 'provider', { smtp_tls_security_level: 'sure' }],
  ['dane without DNSSEC', 'provider', { smtp_tls_security_level: 'dane' }],
  ['wrapper mode', 'wrapper', { smtp_tls_security_level: 'encrypt', smtp_tls_wrappermode: 'yes' }],
  [
    'wrapper mode to a server without',
    'clear',
    { smtp_tls_security_level: 'encrypt', smtp_tls_wrappermode: 'yes' },
  ],
  ['log level 0', 'provider', { smtp_tls_security_level: 'may', smtp_tls_loglevel: '0' }],
  [
    'offers are noted',
    'provider',
    { smtp_tls_security_level: 'none', smtp_tls_note_starttls_offer: 'yes' },
  ],
  ['old: smtp_use_tls', 'provider', { smtp_use_tls: 'yes' }],
  ['old: smtp_enforce_tls', 'provider', { smtp_enforce_tls: 'yes', ...trusted }],
  [
    'old: smtp_enforce_tls without the name',
    'provider',
    { smtp_enforce_tls: 'yes', smtp_tls_enforce_peername: 'no', ...trusted },
  ],
  ...[
    'none',
    'may',
    'encrypt ciphers=high',
    'encrypt protocols=>=TLSv1.3',
    'verify match=mail.example.test',
    'verify match=other.example',
    `fingerprint match=${fingerprint}`,
    'encrypt exclude=AES',
    'secure',
    'nonsense',
    'may nonsense=1',
    'verify match=hostname:nexthop:dot-nexthop',
  ].map((policy) => [
    `policy ${policy.replace(fingerprint, 'RIGHT')}`,
    'provider',
    {
      ...trusted,
      smtp_tls_fingerprint_digest: 'sha256',
      smtp_tls_policy_maps: `inline:{{[127.0.0.1]:${ports.provider} = ${policy}}}`,
    },
  ]),
].filter(([name]) => name.includes(values.only));

const option = ([name, value]) => `  -o { ${name} = ${value} }`;
const service = (at) => `case${at}`;
const master = cases
  .map(([, , settings], at) =>
    [
      `${service(at)} unix - - n - - smtp`,
      ...Object.entries({ smtp_tls_loglevel: '1', ...settings }).map(option),
    ].join('\n'),
  )
  .join('\n');
const routes = cases.map(
  ([, hop], at) => `{case${at}.test = ${service(at)}:[127.0.0.1]:${next[hop]}}`,
);

const report = new Report(fileURLToPath(new URL('meant-client.json', import.meta.url)));
const provider = new Instance(drivers.postfix2, base, ports.provider);
await provider.configure({
  main: {
    smtpd_tls_security_level: 'may',
    smtpd_tls_cert_file: own.certificate,
    smtpd_tls_key_file: own.key,
    relay_domains: 'static:all',
    local_recipient_maps: '',
    mydestination: '',
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
    default_transport: 'discard:taken',
    relay_transport: 'discard:taken',
    smtpd_peername_lookup: 'no',
  },
  extraMaster: `tlsmgr unix - - n 1000? 1 tlsmgr
127.0.0.1:${ports.only13} inet n - n - - smtpd -o smtpd_tls_protocols=>=TLSv1.3
127.0.0.1:${ports.wrapper} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
`,
});
await provider.start();

/** Log lines of the SMTP client by case. */
async function send(driver, port) {
  const instance = new Instance(driver, base, port);
  await instance.configure({
    main: {
      transport_maps: `inline:{${routes.join(', ')}}`,
      smtp_host_lookup: 'native',
      disable_dns_lookups: 'no',
    },
    extraMaster: `tlsmgr unix - - n 1000? 1 tlsmgr\n${master}\n`,
  });
  await instance.start();
  const normaliser = new Normaliser(instance);
  try {
    const byCase = new Map();
    // One after the other: what belongs to no queue id belongs to the case that runs.
    for (const [at, [name]] of cases.entries()) {
      const offset = instance.logSize();
      await instance.mustRun('sendmail', ['-f', 'sender@example.test', `someone@case${at}.test`], {
        input: 'Subject: x\n\nhello\n',
      });
      for (let waited = 0; waited < 80; waited += 1) {
        if (new RegExp(`to=<someone@case${at}\\.test>.* status=`).test(instance.logFrom(offset)))
          break;
        await sleep(100);
      }
      const lines = instance
        .logFrom(offset)
        .split('\n')
        .filter((line) => /postfix\/(case\d+\/)?(smtp|error)\[/.test(line))
        .map((line) => normaliser.logLine(line));
      byCase.set(name, lines);
    }
    return byCase;
  } finally {
    await instance.stop();
  }
}

const theirs = await send(drivers.postfix, 21101);
const ours = await send(drivers.hikyaku, 21102);
await provider.stop();
for (const [name, lines] of theirs)
  report.settle('log', name, multisetDifferences(lines, ours.get(name) ?? [], 'log'));
process.exit(report.close({ checkList: values.only === '' }));
