/**
 * tls/read-material - reads the files that TLS settings name; run by the process that may read private keys.
 *
 * It only reads; what is in the files is judged where contexts are made. Bounded in size and number.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { errnoText } from '../util/errno-text.js';
import type { TlsFile } from './material.js';
import { certificatesOf } from './pem.js';
import { directoryMark } from './trust.js';

const maxFileBytes = 4 * 1024 * 1024;
const maxFiles = 2000;
const hashedName = /^[0-9a-f]{8}\.\d+$/; // what c_rehash makes; OpenSSL looks for nothing else

export function readTlsFile(name: string): TlsFile {
  try {
    const text = name.startsWith(directoryMark)
      ? readDirectory(name.slice(directoryMark.length))
      : readText(name);
    return { is: 'text', text };
  } catch (error) {
    return { is: 'unreadable', reason: errnoText(error) };
  }
}

function readText(file: string): string {
  const { size } = statSync(file);
  if (size > maxFileBytes) throw new Error(`larger than ${maxFileBytes} bytes`);
  return readFileSync(file, 'utf8');
}

function readDirectory(directory: string): string {
  const names = readdirSync(directory)
    .filter((name) => hashedName.test(name))
    .slice(0, maxFiles);
  const texts = names.flatMap((name) => {
    try {
      return [certificatesOf(readText(path.join(directory, name)))];
    } catch {
      return []; // a link to nowhere, as old certificates leave behind
    }
  });
  return [...new Set(texts)].join('\n');
}

/** A text that is another when one of the files is: mtime, size, inode of each. */
export function signatureOf(names: readonly string[]): string {
  return names
    .map((name) => {
      try {
        const { mtimeMs, size, ino, ctimeMs } = statSync(name.replace(directoryMark, ''));
        return `${mtimeMs}/${ctimeMs}/${size}/${ino}`;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code ?? '';
      }
    })
    .join(' ');
}
