import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { after, test } from 'node:test';
import { certificateFingerprint } from '../../lib/tls/certificate.js';
import { makeCertificate } from '../../lib/tls/make-certificate.js';
import { type BenchOptions, clientBench } from '../../testing/smtp-client-bench.js';
import { startSmtpPeer } from '../../testing/smtp-peer.js';
import { type SmtpdBench, smtpdBench } from '../../testing/smtpd-bench.js';
import { testAuthority, testCertificate, testSource } from '../../testing/tls-peer.js';

const made = testCertificate('mx.example.test');
const certificate = new X509Certificate(made.certificate);
const servers: SmtpdBench[] = [];
after(() => {
  for (const server of servers) server.close();
});

/** A server that offers STARTTLS, or begins with it. */
async function start(settings: Record<string, string> = {}, pem = made.key + made.certificate) {
  const server = await smtpdBench(
    {
      smtpd_tls_security_level: 'may',
      smtpd_tls_cert_file: '/pem',
      smtpd_tls_CAfile: '/ca',
      ...settings,
    },
    { tlsSource: testSource({ '/pem': pem, '/ca': testAuthority.certificate }) },
  );
  servers.push(server);
  return server;
}

const zone = { 'example.test MX': ['10 mx.example.test'], 'mx.example.test A': ['127.0.0.1'] };

function client(settings: Record<string, string>, more: BenchOptions = {}) {
  return clientBench({
    zone,
    tlsSource: testSource({
      '/ca': testAuthority.certificate,
      '/own': made.key + made.certificate,
    }),
    ...more,
    settings: {
      smtp_host_lookup: 'dns',
      smtp_tls_CAfile: '/ca',
      smtp_tls_loglevel: '1',
      ...settings,
    },
  });
}

/** Delivers to example.test at the port: `sent 2.0.0`, or the whole outcome; and the log's word of trust. */
async function deliver(
  port: number,
  settings: Record<string, string>,
  more: BenchOptions & { readonly waitedMs?: number } = {},
): Promise<readonly [outcome: string, trust: string]> {
  const { waitedMs = 0 } = more;
  const bench = client(settings, more);
  const [outcome = ''] = await bench.outcomes({ nexthop: `example.test:${port}`, waitedMs });
  const line = bench.log.lines.find((one) => one.includes('TLS connection established to'));
  await bench.agent.close();
  const trust =
    /(\w+) TLS connection established to mx\.example\.test\[127\.0\.0\.1\]:\d+: TLSv1/.exec(
      line ?? '',
    );
  return [outcome.replace(/^(sent 2\.0\.0) .*$/, '$1').replace(/^.* \| /, ''), trust?.[1] ?? ''];
}

test('each level takes the certificate that it must take, and no other', async () => {
  const good = await start();
  const stranger = makeCertificate({ subject: 'mx.example.test', names: ['mx.example.test'] });
  const self = await start({}, stranger.key + stranger.certificate);
  const named = testCertificate('other.test');
  const other = await start({}, named.key + named.certificate);
  const fingerprint = certificateFingerprint(certificate, 'sha256');
  const byFingerprint = {
    smtp_tls_fingerprint_digest: 'sha256',
    smtp_tls_fingerprint_cert_match: fingerprint.toLowerCase(),
  };
  const ok = 'sent 2.0.0';
  const unverified = 'Server certificate not verified';
  const rows: [server: SmtpdBench, level: string, outcome: string, trust: string][] = [
    [good, 'none', ok, ''],
    [good, 'may', ok, 'Trusted'],
    [self, 'may', ok, 'Untrusted'],
    [good, 'encrypt', ok, 'Trusted'],
    [self, 'encrypt', ok, 'Untrusted'],
    [good, 'verify', ok, 'Verified'],
    [self, 'verify', unverified, 'Untrusted'],
    [other, 'verify', unverified, 'Untrusted'],
    [good, 'secure', unverified, 'Untrusted'], // nexthop, and below it with dot-nexthop
    [good, 'fingerprint', ok, 'Verified'],
    [self, 'fingerprint', unverified, 'Untrusted'],
  ];
  for (const [server, level, outcome, trust] of rows) {
    const settings = {
      smtp_tls_security_level: level,
      smtp_tls_secure_cert_match: 'nexthop',
      ...byFingerprint,
    };
    const found = await deliver(server.port, settings);
    assert.deepEqual(
      found,
      [outcome, trust],
      `${level} on row ${rows.findIndex((row) => row[0] === server)}`,
    );
  }
  const dotted = { smtp_tls_security_level: 'secure' };
  assert.deepEqual(await deliver(good.port, dotted), [ok, 'Verified']);
});

test('old names give their levels', async () => {
  const good = await start();
  assert.deepEqual(await deliver(good.port, { smtp_use_tls: 'yes' }), ['sent 2.0.0', 'Trusted']);
  assert.deepEqual(await deliver(good.port, { smtp_enforce_tls: 'yes' }), [
    'sent 2.0.0',
    'Verified',
  ]);
});

test('a policy table wins over the level, with its attributes', async () => {
  const good = await start();
  const of = async (entry: string) => {
    const tables = { policy: { [`example.test:${good.port}`]: entry } };
    return deliver(good.port, { smtp_tls_policy_maps: 'test:policy' }, { tables });
  };
  assert.deepEqual(await of('secure match=mx.example.test:x.test'), ['sent 2.0.0', 'Verified']);
  assert.deepEqual(await of('secure match=x.test'), [
    'Server certificate not verified',
    'Untrusted',
  ]);
  assert.deepEqual(await of('encrypt protocols=>=TLSv1.3 ciphers=high'), ['sent 2.0.0', 'Trusted']);
  assert.deepEqual(await of('none'), ['sent 2.0.0', '']);
  assert.deepEqual(await of('strong'), ['client TLS configuration problem', '']);
  assert.deepEqual(await of('encrypt colour=red'), ['client TLS configuration problem', '']);
});

test('where TLS is a must, a server that has none gets no mail', async () => {
  const plain = await start({ smtpd_tls_security_level: 'none' });
  const [outcome] = await deliver(plain.port, { smtp_tls_security_level: 'encrypt' });
  assert.equal(outcome, 'TLS is required, but was not offered by host mx.example.test[127.0.0.1]');
  assert.equal((await deliver(plain.port, { smtp_tls_security_level: 'may' }))[0], 'sent 2.0.0');
  const refusing = await startSmtpPeer({
    offers: ['STARTTLS'],
    rules: [[/^STARTTLS/, '454 4.7.0 TLS not available']],
  });
  const refused = await deliver(refusing.port, { smtp_tls_security_level: 'encrypt' });
  assert.equal(
    refused[0],
    'TLS is required, but host mx.example.test[127.0.0.1] refused to start TLS: 454 4.7.0 TLS not available',
  );
  assert.equal((await deliver(refusing.port, { smtp_tls_security_level: 'may' }))[0], 'sent 2.0.0');
  await refusing.close();
});

test('a handshake that fails defers, and at level may mail goes in the clear after a while', async () => {
  const peer = await startSmtpPeer({
    offers: ['STARTTLS'],
    rules: [[/^STARTTLS/, '220 2.0.0 Ready\r\n500 but not to speak TLS']],
  });
  const level = { smtp_tls_security_level: 'may', smtp_starttls_timeout: '1s' };
  const failed = 'Cannot start TLS: handshake failure';
  assert.equal((await deliver(peer.port, level))[0], failed);
  assert.equal((await deliver(peer.port, level, { waitedMs: 301_000 }))[0], 'sent 2.0.0');
  const must = { smtp_tls_security_level: 'encrypt', smtp_starttls_timeout: '1s' };
  assert.equal((await deliver(peer.port, must, { waitedMs: 301_000 }))[0], failed);
  await peer.close();
});

test('what a server said in the clear before TLS does not count', async () => {
  const good = await start();
  const bench = client({ smtp_tls_security_level: 'may' });
  await bench.deliver({ nexthop: `example.test:${good.port}` });
  assert.match(good.received[0] ?? '', /ESMTPS id QID/);
  await bench.agent.close();
});

test('wrapper mode needs a level, and begins with TLS', async () => {
  const wrapped = await start({ smtpd_tls_wrappermode: 'yes' });
  const settings = { smtp_tls_wrappermode: 'yes', smtp_tls_security_level: 'verify' };
  assert.deepEqual(await deliver(wrapped.port, settings), ['sent 2.0.0', 'Verified']);
  const without = await deliver(wrapped.port, { smtp_tls_wrappermode: 'yes' });
  assert.equal(without[0], 'client TLS configuration problem');
});

test('a client certificate is shown when the server asks', async () => {
  const asking = await start({ smtpd_tls_req_ccert: 'yes', smtpd_tls_security_level: 'encrypt' });
  const level = { smtp_tls_security_level: 'encrypt' };
  const [refused] = await deliver(asking.port, level);
  assert.match(
    refused,
    /refused to talk to me: 421 4\.7\.1 .*No client certificate presented|lost connection/,
  );
  const own = { ...level, smtp_tls_cert_file: '/own' };
  assert.equal((await deliver(asking.port, own))[0], 'sent 2.0.0');
});

test('sessions are resumed from memory', async () => {
  const good = await start({ smtpd_tls_loglevel: '2' });
  const bench = client({ smtp_tls_security_level: 'may' });
  for (let count = 0; count < 2; count += 1)
    await bench.deliver({ nexthop: `example.test:${good.port}` });
  await bench.agent.close();
  assert.equal(good.log.lines.filter((line) => line.includes('Reusing old session')).length, 1);
});

test('an offer that is not taken is noted when asked for', async () => {
  const good = await start();
  const bench = client({ smtp_tls_security_level: 'none', smtp_tls_note_starttls_offer: 'yes' });
  await bench.deliver({ nexthop: `example.test:${good.port}` });
  assert.ok(bench.log.lines.includes('info Host offered STARTTLS: [mx.example.test]'));
  await bench.agent.close();
});

test('DANE: records that agree, disagree, are absent, cannot be had, or are of no use', async () => {
  const good = await start();
  // Without authorities: those that we trust would complete a chain.
  const dnssec = { smtp_dns_support_level: 'dnssec', smtp_tls_CAfile: '' };
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
  const digest = createHash('sha256').update(key).digest('hex');
  const anchor = createHash('sha512')
    .update(new X509Certificate(testAuthority.certificate).raw)
    .digest('hex');
  const name = `_${good.port}._tcp.mx.example.test TLSA`;
  const of = (
    records: readonly string[] | 'try-again' | undefined,
    level = 'dane',
    authentic = true,
  ) =>
    deliver(
      good.port,
      { ...dnssec, smtp_tls_security_level: level },
      { zone: { ...zone, ...(records ? { [name]: records } : {}) }, authentic },
    );
  const ok = 'sent 2.0.0';
  const right = [`3 1 1 / ${digest}`];
  const wrong = [`3 1 1 / ${'00'.repeat(32)}`];
  assert.deepEqual(await of(right), [ok, 'Verified']);
  assert.deepEqual(await of([...wrong, ...right]), [ok, 'Verified']);
  assert.deepEqual(await of(wrong), ['Server certificate not verified', 'Untrusted']);
  assert.deepEqual(await of(undefined), [ok, 'Untrusted']);
  assert.deepEqual(await of(undefined, 'dane-only'), ['no TLSA records found', '']);
  assert.deepEqual(await of('try-again'), [
    `TLSA lookup error for mx.example.test:${good.port}`,
    '',
  ]);
  assert.deepEqual(await of(['1 1 1 / 00']), [ok, 'Untrusted']);
  assert.deepEqual(await of(['1 1 1 / 00'], 'dane-only'), ['TLSA records unusable', '']);
  assert.deepEqual(await of(wrong, 'dane', false), [ok, 'Untrusted']);
  assert.deepEqual(await of(right, 'dane-only', false), ['non DNSSEC destination', '']);
  // An authority that the server does not send cannot be found by its digest; by the whole of it, it can.
  assert.deepEqual(await of([`2 0 2 / ${anchor}`]), [
    'Server certificate not verified',
    'Untrusted',
  ]);
  const whole = new X509Certificate(testAuthority.certificate).raw.toString('hex');
  assert.deepEqual(await of([`2 0 0 / ${whole}`]), [ok, 'Verified']);
  const sending = await start({}, made.key + made.certificate + testAuthority.certificate);
  const sent = await deliver(
    sending.port,
    { ...dnssec, smtp_tls_security_level: 'dane' },
    {
      zone: { ...zone, [`_${sending.port}._tcp.mx.example.test TLSA`]: [`2 0 2 / ${anchor}`] },
      authentic: true,
    },
  );
  assert.deepEqual(sent, [ok, 'Verified']);
});
