/**
 * hikyaku/demo-secrets - what `npm start` needs for TLS and logins: a certificate of its own making, and one account.
 *
 * Made once and found again. The account lies below the queue, where the server stands after it has dropped root, so
 * that a checkout in a closed home works.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { changeAccount } from '../../lib/auth/account-edit.js';
import { makeCertificate } from '../../lib/tls/make-certificate.js';

export interface DemoSecrets {
  /** PEM file: key and certificate, for the server alone. */
  readonly keyFile: string;
  /** PEM file: the certificate, for clients to trust. */
  readonly certificateFile: string;
  readonly password: string;
}

export interface DemoSecretsRequest {
  readonly directory: string;
  readonly hostname: string;
  readonly user: string;
  readonly domain: string;
  /** Who the server runs as. */
  readonly owner: { readonly uid: number; readonly gid: number };
}

/** Where smtpd.conf lies, as the server reaches it from the queue directory. */
export const saslFolder = 'etc';

export async function demoSecrets(request: DemoSecretsRequest): Promise<DemoSecrets> {
  const { directory, hostname, owner, user, domain } = request;
  const keyFile = path.join(directory, 'etc', 'server.pem');
  const certificateFile = path.join(directory, 'etc', 'server.crt');
  const passwordFile = path.join(directory, 'etc', 'password');
  if (!existsSync(keyFile) || !existsSync(certificateFile)) {
    const names = [hostname, 'localhost', '127.0.0.1'];
    const made = makeCertificate({ subject: hostname, names });
    writeFileSync(keyFile, made.key + made.certificate, { mode: 0o600 });
    writeFileSync(certificateFile, made.certificate, { mode: 0o644 });
  }
  const folder = path.join(directory, 'spool', saslFolder);
  const accounts = path.join(folder, 'accounts');
  if (!existsSync(passwordFile) || !existsSync(accounts)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      path.join(folder, 'smtpd.conf'),
      `pwcheck_method: auxprop\nsasldb_path: ${saslFolder}/accounts\n`,
    );
    const password = randomBytes(9).toString('base64url');
    const account = { user, realm: domain };
    await changeAccount(accounts, account, { is: 'set', password, keepsClear: false });
    chmodSync(accounts, 0o640);
    if (process.getuid?.() === 0) chownSync(accounts, 0, owner.gid);
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  }
  return { keyFile, certificateFile, password: readFileSync(passwordFile, 'utf8').trim() };
}
