/**
 * dict/file/handed - table files that mail_owner may not read, as master hands them to the workers.
 *
 * Postfix opens tables before it drops root, so `sasl_passwd` may be `root:root 0600`, and a list manager may keep its
 * tables to itself. Plain JSON-able data. Counterparts: dict/hidden-tables (master), dict/open (workers).
 */
import type { FileSignature } from './format.js';

export interface HandedFile {
  readonly base64: string;
  readonly signature: FileSignature;
}

/** By path as the table is opened: `/etc/postfix/sasl_passwd.db`. */
export type HandedFiles = Readonly<Record<string, HandedFile>>;

export interface HandedSource {
  signature(path: string): FileSignature | undefined;
  content(path: string): Buffer | undefined;
}

export interface UpdatableHandedSource extends HandedSource {
  update(files: HandedFiles): void;
}

export function createHandedSource(): UpdatableHandedSource {
  let current: HandedFiles = {};
  const find = (path: string): HandedFile | undefined =>
    Object.hasOwn(current, path) ? current[path] : undefined;
  return {
    signature: (path) => find(path)?.signature,
    content(path) {
      const file = find(path);
      return file && Buffer.from(file.base64, 'base64');
    },
    update(files) {
      current = files;
    },
  };
}
