import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { handshake, material, testAuthority, testCertificate } from '../../testing/tls-peer.js';
import { testSettings } from '../../testing/settings.js';
import { peerCertificate } from './accept.js';
import { makeCertificate, type Made } from './make-certificate.js';
import type { TlsMaterial } from './material.js';
import { logSummary, negotiated, receivedSummary } from './negotiated.js';
import { createServerContext } from './server-context.js';
import { serverTlsSettings } from './server-settings.js';
import { rotated } from './ticket-keys.js';

const made = testCertificate('mail.example.test');
const files = { '/pem': made.key + made.certificate, '/ca': testAuthority.certificate };

function context(given: TlsMaterial, settings: Record<string, string> = {}, service = 'smtp') {
  const values = testSettings({
    smtpd_tls_security_level: 'may',
    smtpd_tls_cert_file: '/pem',
    smtpd_tls_CAfile: '/ca',
    ...settings,
  });
  const made = createServerContext({
    settings: values,
    tls: serverTlsSettings(values),
    service,
    read: (path) => given.files[path],
    ticketKeys: () => given.ticketKeys,
    warn: (text) => assert.equal(text, ''),
  });
  assert.ok(made);
  return { context: made, askCertificate: serverTlsSettings(values).askCertificate };
}

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${maxVersion}: a session is resumed by another worker with the same keys, and after a rotation`, async () => {
    const given = material(files);
    const first = await handshake(context(given), { maxVersion });
    assert.ok(first.session, 'a ticket came');
    const resume = { maxVersion, session: first.session };
    const again = await handshake(context(given), resume);
    assert.equal(again.client.isSessionReused(), true);
    const later = { ...given, ticketKeys: rotated(given.ticketKeys) };
    const third = await handshake(context(later), resume);
    assert.equal(third.client.isSessionReused(), true);
    const muchLater = { ...given, ticketKeys: rotated(rotated(given.ticketKeys)) };
    const last = await handshake(context(muchLater), resume);
    assert.equal(last.client.isSessionReused(), false);
  });

  test(`${maxVersion}: another service does not resume a session`, async () => {
    const given = material(files);
    const first = await handshake(context(given), { maxVersion });
    const other = await handshake(context(given, {}, 'smtps'), {
      maxVersion,
      ...(first.session ? { session: first.session } : {}),
    });
    assert.equal(other.client.isSessionReused(), false);
  });
}

test('without a ticket cipher nothing is resumed', async () => {
  const server = context(material(files), { tls_session_ticket_cipher: '' });
  const { session } = await handshake(server, { maxVersion: 'TLSv1.2' });
  const { client } = await handshake(server, {
    maxVersion: 'TLSv1.2',
    ...(session ? { session } : {}),
  });
  assert.equal(client.isSessionReused(), false);
});

test('a client certificate is trusted when a CA of ours signed it', async () => {
  const server = context(material(files), { smtpd_tls_ask_ccert: 'yes' });
  const trusted = testCertificate('client.example.test');
  const stranger = makeCertificate({ subject: 'stranger.example.test' });
  const problem = async (who?: Made): Promise<string> => {
    let found = '';
    const shown = who ? { key: who.key, cert: who.certificate } : {};
    await handshake(server, shown, (socket) => {
      found = peerCertificate(socket, 9).problem;
    });
    return found;
  };
  assert.equal(await problem(trusted), '');
  assert.match(await problem(stranger), /self-signed/);
  assert.equal(await problem(), 'no certificate');
});

test('what was agreed upon is told as Postfix tells it', async () => {
  const given = context(material(files));
  const words: string[] = [];
  await handshake(given, { ecdhCurve: 'P-256' }, (socket) => {
    const agreed = negotiated(socket, { server: new X509Certificate(made.certificate) });
    words.push(logSummary(agreed), receivedSummary(agreed));
  });
  assert.deepEqual(words, [
    'TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange ECDHE (prime256v1) server-signature ECDSA (prime256v1) server-digest SHA256',
    '(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n\t key-exchange ECDHE (prime256v1) server-signature ECDSA (prime256v1) server-digest SHA256)',
  ]);
});

test('a client of old versions is refused with a reason from the library', async () => {
  const { accepted } = await handshake(context(material(files)), {
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  assert.equal(accepted.is, 'failed');
  assert.match(JSON.stringify(accepted), /unsupported protocol/);
});

test('old versions are to be had by asking for them', async () => {
  const old = context(material(files), { smtpd_tls_protocols: '>=TLSv1' });
  const { accepted } = await handshake(old, {
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  assert.equal(accepted.is, 'secure');
});

test('wrong cipher grades are errors, exclusions are heeded', async () => {
  assert.throws(
    () => context(material(files), { smtpd_tls_ciphers: 'best' }),
    /unknown cipher grade/,
  );
  let cipher = '';
  await handshake(
    context(material(files), { smtpd_tls_exclude_ciphers: 'AES256, CHACHA20' }),
    { maxVersion: 'TLSv1.2' },
    (socket) => {
      cipher = socket.getCipher().name;
    },
  );
  assert.match(cipher, /AES128/);
});
