/**
 * tls/identity - a program's own certificates with their keys, from the files that main.cf names.
 *
 * `…_tls_chain_files` wins; else one pair each for RSA, ECDSA and DSA. Every pair is checked here, so that what is
 * wrong is told with the file and the setting before anyone speaks TLS. Postfix: tls_certkey.c.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { Settings } from '../config/settings.js';
import { splitList } from '../util/list.js';
import type { TlsFile } from './material.js';
import { isCertificate, isPrivateKey, pemBlocks } from './pem.js';
import { TlsError } from './tls-error.js';

export interface Identity {
  /** PEM. */
  readonly key: string;
  /** PEM: the certificate, then what leads to its authority. */
  readonly chain: string;
  readonly certificate: X509Certificate;
}

/** Which of main.cf's parameters name the files: the same words for server, client, and LMTP client. */
export type TlsPrefix = 'smtpd' | 'smtp' | 'lmtp';

interface Names {
  readonly certificate: string;
  readonly key: string;
  readonly certificateSetting: string;
  readonly keySetting: string;
}

export type ReadTlsFile = (path: string) => TlsFile | undefined;

type CertificateSetting = `${TlsPrefix}_tls_${'' | 'd' | 'ec'}cert_file`;
type KeySetting = `${TlsPrefix}_tls_${'' | 'd' | 'ec'}key_file`;

function pairs(settings: Settings, prefix: TlsPrefix): Names[] {
  const row = (certificateSetting: CertificateSetting, keySetting: KeySetting): Names => ({
    certificate: settings[certificateSetting],
    key: settings[keySetting],
    certificateSetting,
    keySetting,
  });
  const rows = [
    row(`${prefix}_tls_cert_file`, `${prefix}_tls_key_file`),
    row(`${prefix}_tls_dcert_file`, `${prefix}_tls_dkey_file`),
    row(`${prefix}_tls_eccert_file`, `${prefix}_tls_eckey_file`),
  ];
  return rows.filter(({ certificate }) => certificate !== '' && certificate !== 'none');
}

/** Paths of all files that identities are made of. */
export function identityFiles(settings: Settings, prefix: TlsPrefix): string[] {
  const chain = splitList(settings[`${prefix}_tls_chain_files`]);
  if (chain.length > 0) return chain;
  return pairs(settings, prefix).flatMap(({ certificate, key }) => [key, certificate]);
}

/** Empty: no certificate is set. @throws {TlsError} file, setting and what is wrong */
export function loadIdentities(
  settings: Settings,
  prefix: TlsPrefix,
  read: ReadTlsFile,
): Identity[] {
  const chainSetting = `${prefix}_tls_chain_files` as const;
  const chainFiles = splitList(settings[chainSetting]);
  if (chainFiles.length > 0) {
    const text = chainFiles.map((file) => textOf(file, chainSetting, settings, read)).join('\n');
    return parseChains(text, `${where(settings, chainSetting)}${chainFiles.join(', ')}`);
  }
  return pairs(settings, prefix).map((names) => {
    const { certificateSetting, keySetting } = names;
    const chain = textOf(names.certificate, certificateSetting, settings, read);
    const keys = textOf(names.key, keySetting, settings, read);
    return identity(
      keys,
      chain,
      `${where(settings, keySetting)}${keySetting} = ${names.key}`,
      `${where(settings, certificateSetting)}${certificateSetting} = ${names.certificate}`,
    );
  });
}

/** Keys each followed by its certificate chain, as chain files and SNI tables have them. @throws {TlsError} */
export function parseChains(text: string, origin: string): Identity[] {
  const identities: Identity[] = [];
  let key = '';
  let chain: string[] = [];
  const finish = (): void => {
    if (key === '' && chain.length === 0) return;
    identities.push(identity(key, chain.join('\n'), origin, origin));
    chain = [];
  };
  for (const part of pemBlocks(text)) {
    if (isPrivateKey(part)) {
      finish();
      key = part.text;
    } else if (isCertificate(part)) {
      if (key === '')
        throw new TlsError(
          `${origin}: a certificate stands before the first private key; put each key before its chain`,
        );
      chain.push(part.text);
    }
  }
  finish();
  if (identities.length === 0) throw new TlsError(`${origin}: no private key in PEM form`);
  return identities;
}

function textOf(file: string, setting: string, settings: Settings, read: ReadTlsFile): string {
  const found = read(file);
  const start = `${where(settings, setting)}${setting} = ${file}: `;
  if (!found) throw new TlsError(`${start}was not read; reload Postfix`);
  if (found.is === 'unreadable') throw new TlsError(`${start}${found.reason}`);
  return found.text;
}

function where(settings: Settings, setting: string): string {
  const origin = settings.source.origin(setting);
  return origin === undefined ? '' : `${origin}: `;
}

function identity(keyText: string, chainText: string, keyOrigin: string, origin: string): Identity {
  const keyPem = pemBlocks(keyText).find(isPrivateKey)?.text;
  if (keyPem === undefined)
    throw new TlsError(`${keyOrigin}: no private key in PEM form (-----BEGIN … PRIVATE KEY-----)`);
  const certificates = pemBlocks(chainText).filter(isCertificate);
  const [first] = certificates;
  if (!first)
    throw new TlsError(`${origin}: no certificate in PEM form (-----BEGIN CERTIFICATE-----)`);
  const key = parse(() => createPrivateKey(keyPem), `${keyOrigin}: bad private key`);
  const certificate = parse(() => new X509Certificate(first.text), `${origin}: bad certificate`);
  for (const other of certificates.slice(1))
    parse(() => new X509Certificate(other.text), `${origin}: bad certificate in the chain`);
  if (!matches(certificate, key))
    throw new TlsError(
      `${origin}: the private key does not belong to the certificate (${keyOrigin}); the first certificate of the file must be the server's own`,
    );
  return {
    key: keyPem,
    chain: certificates.map(({ text }) => text).join('\n'),
    certificate,
  };
}

function matches(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.checkPrivateKey(key);
  } catch {
    return false;
  }
}

function parse<T>(make: () => T, what: string): T {
  try {
    return make();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const isLocked = /passphrase|interrupted or cancelled/i.test(text);
    throw new TlsError(
      `${what}: ${isLocked ? 'it is locked with a passphrase; store it without one: openssl pkey -in OLD -out NEW' : text}`,
      { cause: error },
    );
  }
}
