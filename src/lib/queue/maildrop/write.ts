/**
 * queue/maildrop/write - puts a submission into the maildrop: what sendmail and postdrop do.
 *
 * Invariants: when `finish()` returns, the file is whole and on disk; until then it is marked as incomplete (its owner
 * may not execute it) and pickup leaves it alone. The name cannot be guessed and the folder not listed, so that users
 * cannot read each other's mail; a sync of the file makes its name durable too on the file systems of Linux, since
 * users may not open the folder to sync it. All calls are synchronous: a submission has nothing else to do.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';

/** Owner may execute: complete. Others may read, for mail_owner is one of them. */
const completeMode = 0o744;
const bufferSize = 256 * 1024;

export class MaildropFile {
  readonly path: string;
  readonly #descriptor: number;
  #buffered: Buffer[] = [];
  #bufferedSize = 0;

  /** @param directory the maildrop @throws system errors */
  constructor(directory: string) {
    this.path = path.join(directory, randomName());
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    this.#descriptor = openSync(this.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  }

  /** The bytes must not change afterwards. @throws system errors */
  write(bytes: Buffer): void {
    this.#buffered.push(bytes);
    this.#bufferedSize += bytes.length;
    if (this.#bufferedSize >= bufferSize) this.flush();
  }

  /** Whole, and on disk. @throws system errors; call abort() then */
  finish(): void {
    this.flush();
    fchmodSync(this.#descriptor, completeMode);
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
  }

  /** Leaves nothing behind, after whatever error. */
  abort(): void {
    rmSync(this.path, { force: true });
  }

  /** Hands all that was written to the system. @throws system errors */
  flush(): void {
    if (this.#bufferedSize === 0) return;
    const bytes =
      this.#buffered.length === 1 ? (this.#buffered[0] as Buffer) : Buffer.concat(this.#buffered);
    this.#buffered = [];
    this.#bufferedSize = 0;
    for (let written = 0; written < bytes.length; )
      written += writeSync(this.#descriptor, bytes, written, bytes.length - written);
  }
}

/** 128 bits from the kernel; the crypto module would cost a command its start. */
function randomName(): string {
  const bytes = Buffer.alloc(16);
  const descriptor = openSync('/dev/urandom', 'r');
  try {
    if (readSync(descriptor, bytes, 0, bytes.length, null) !== bytes.length)
      throw new Error('/dev/urandom gave too little');
  } finally {
    closeSync(descriptor);
  }
  return bytes.toString('hex');
}
