/** queue/maildrop/file-source - the bytes of an open file in order, through a buffer of bounded size. */
import type { FileHandle } from 'node:fs/promises';
import type { ByteSource } from './read.js';

const bufferSize = 128 * 1024; // more than the longest record

export class FileSource implements ByteSource {
  readonly #file: FileHandle;
  #position = 0;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** A view that stays as it is. */
  async read(length: number): Promise<Buffer> {
    if (this.#buffer.length < length) await this.#fill();
    const bytes = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return bytes;
  }

  skip(length: number): void {
    if (length > this.#buffer.length) {
      this.#position += length - this.#buffer.length;
      this.#buffer = Buffer.alloc(0);
    } else {
      this.#buffer = this.#buffer.subarray(length);
    }
  }

  /** Fills up to the buffer's size, or to the end of the file. */
  async #fill(): Promise<void> {
    const fresh = Buffer.allocUnsafeSlow(bufferSize);
    let filled = this.#buffer.copy(fresh);
    while (filled < bufferSize) {
      const { bytesRead } = await this.#file.read(
        fresh,
        filled,
        bufferSize - filled,
        this.#position,
      );
      if (bytesRead === 0) break;
      filled += bytesRead;
      this.#position += bytesRead;
    }
    this.#buffer = fresh.subarray(0, filled);
  }
}
