import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { testSettings } from '../../testing/settings.js';
import { identityFiles, loadIdentities, parseChains } from './identity.js';
import { makeCertificate } from './make-certificate.js';
import type { TlsFile } from './material.js';
import { TlsError } from './tls-error.js';

const made = makeCertificate({ subject: 'mail.example.test' });
const other = makeCertificate({ subject: 'other.example.test' });

function load(
  settings: Record<string, string>,
  files: Record<string, string>,
): ReturnType<typeof loadIdentities> {
  const read = (path: string): TlsFile => {
    const text = files[path];
    return text === undefined
      ? { is: 'unreadable', reason: 'No such file or directory' }
      : { is: 'text', text };
  };
  return loadIdentities(testSettings(settings), 'smtpd', read);
}

const pair = { smtpd_tls_cert_file: '/c', smtpd_tls_key_file: '/k' };

test('a certificate file may hold its key as well', () => {
  const [only] = load({ smtpd_tls_cert_file: '/c' }, { '/c': made.key + made.certificate });
  assert.equal(only?.certificate.subject, 'CN=mail.example.test');
});

test('RSA, ECDSA and DSA counterparts are read together; chain files win over them', () => {
  const settings = testSettings({ ...pair, smtpd_tls_eccert_file: '/e' });
  assert.deepEqual(identityFiles(settings, 'smtpd'), ['/k', '/c', '/e', '/e']);
  const chains = { ...pair, smtpd_tls_chain_files: '/one, /two' };
  assert.deepEqual(identityFiles(testSettings(chains), 'smtpd'), ['/one', '/two']);
  const loaded = load(chains, {
    '/one': made.key,
    '/two': made.certificate + other.key + other.certificate,
  });
  assert.deepEqual(
    loaded.map(({ certificate }) => certificate.subject),
    ['CN=mail.example.test', 'CN=other.example.test'],
  );
});

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const locked = privateKey.export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-128-cbc',
  passphrase: 'x',
}) as string;

const rows: readonly [name: string, files: Record<string, string>, message: RegExp][] = [
  [
    'a missing key',
    { '/c': made.certificate },
    /^test: smtpd_tls_key_file = \/k: No such file or directory$/,
  ],
  [
    'a key of another certificate',
    { '/c': made.certificate, '/k': other.key },
    /smtpd_tls_cert_file = \/c: the private key does not belong to the certificate/,
  ],
  [
    'a key with a passphrase',
    { '/c': made.certificate, '/k': locked },
    /smtpd_tls_key_file = \/k: bad private key: it is locked with a passphrase/,
  ],
  [
    'no key in the file',
    { '/c': made.certificate, '/k': 'x' },
    /smtpd_tls_key_file = \/k: no private key in PEM form/,
  ],
  [
    'no certificate in the file',
    { '/c': 'x', '/k': made.key },
    /smtpd_tls_cert_file = \/c: no certificate in PEM form/,
  ],
  [
    'half a certificate',
    { '/c': made.certificate.replace(/.{64}\n/, '\n'), '/k': made.key },
    /smtpd_tls_cert_file = \/c: bad certificate/,
  ],
];

for (const [name, files, message] of rows) {
  test(`${name} is an error with file and setting`, () => {
    assert.throws(
      () => load(pair, files),
      (error) => {
        assert.ok(error instanceof TlsError);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test('in a chain the key stands first', () => {
  assert.throws(
    () => parseChains(made.certificate + made.key, 'x'),
    /before the first private key/,
  );
  assert.throws(() => parseChains('', 'x'), /x: no private key/);
});
