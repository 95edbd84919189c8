/**
 * auth/account-file - the file that sasldb_path names, read when it has changed: sasldb2, or our safe store.
 *
 * The first bytes tell which. Held in memory: a login makes one stat(2), and the file may be replaced or edited by
 * saslpasswd2 at any time.
 */
import { openHash } from '../dict/bdb/hash-reader.js';
import { openTableFile, readTableFile } from '../dict/file/pages.js';
import { isSame, signatureOf } from '../dict/file/signature.js';
import type { FileSignature, TableReader } from '../dict/file/format.js';
import { statSync } from 'node:fs';
import { errnoText } from '../util/errno-text.js';
import { isSafeStore, readSafeStore, type SafeAccount } from './safe-store.js';

export type AccountFile =
  | { readonly is: 'sasldb'; readonly reader: TableReader }
  | { readonly is: 'safe'; readonly accounts: ReadonlyMap<string, SafeAccount> };

/** What is wrong with the file, for the log. */
export class AccountFileError extends Error {}

export class AccountFiles {
  readonly path: string;
  #signature: FileSignature | undefined;
  #file: AccountFile | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws {AccountFileError} */
  current(): AccountFile {
    try {
      const signature = signatureOf(statSync(this.path));
      if (this.#file && this.#signature && isSame(this.#signature, signature)) return this.#file;
      const file = this.#read();
      if (this.#file?.is === 'sasldb') this.#file.reader.close();
      this.#signature = signature;
      this.#file = file;
      return file;
    } catch (error) {
      const what = errnoText(error);
      throw new AccountFileError(`unable to open Berkeley db ${this.path}: ${what}`, {
        cause: error,
      });
    }
  }

  #read(): AccountFile {
    const table = openTableFile(this.path);
    if (!isSafeStore(table.head)) return { is: 'sasldb', reader: openHash(table) };
    table.close();
    return { is: 'safe', accounts: readSafeStore(readTableFile(this.path)) };
  }
}
