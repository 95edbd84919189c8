/**
 * dict/client/tls-files - certificates and keys that the settings of a table name.
 *
 * Read when a connection is made, so that renewed ones are in use soon; like the database's own libraries, with the
 * rights of mail_owner.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  readonly caPath: string;
  readonly ciphers: string;
}

/** What node:tls takes. */
export interface TlsMaterial {
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly ca?: Buffer[];
  readonly ciphers?: string;
}

/** @throws system errors */
export function readTlsFiles(files: TlsFiles): TlsMaterial {
  const { certFile, keyFile, ciphers } = files;
  const authorities = readAuthorities(files);
  return {
    ...(certFile === '' ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === '' && certFile === '' ? {} : { key: readFileSync(keyFile || certFile) }),
    ...(authorities ? { ca: authorities } : {}),
    ...(ciphers === '' ? {} : { ciphers }),
  };
}

/** The file goes before the directory. */
function readAuthorities({ caFile, caPath }: TlsFiles): Buffer[] | undefined {
  if (caFile !== '') return [readFileSync(caFile)];
  if (caPath === '') return undefined;
  return readdirSync(caPath, { withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => readFileSync(path.join(caPath, entry.name)))
    .filter((content) => content.includes('-----BEGIN'));
}
