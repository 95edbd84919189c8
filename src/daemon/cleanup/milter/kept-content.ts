/**
 * cleanup/milter/kept-content - a finished message that waits for the mail filters before it goes to the store.
 *
 * Filters may still change its top after they have seen its end, so nothing is written before. Memory is bounded: the
 * header by `maxHeader`, the body by what sys/scratch keeps.
 */
import { type NewMessage, QueueError } from '../../../lib/queue/store.js';
import { Scratch } from '../../../lib/sys/scratch.js';
import { errnoText } from '../../../lib/util/errno-text.js';
import type { Refusal } from '../refusal.js';

/** Bytes of all header fields together. */
const maxHeader = 1024 * 1024;

export const headerTooBig: Refusal = {
  code: 552,
  enhanced: '5.3.4',
  text: 'Error: message header too big',
};

export class KeptContent {
  /** A field each, one char a byte, folded lines within. */
  readonly fields: string[] = [];
  /** Which of them is our Received:; filters do not see it. */
  ownField = 0;
  readonly #directory: string;
  #headerSize = 0;
  #hasBlankLine = false;
  #body: Scratch;

  /** @param directory for what does not fit into memory */
  constructor(directory: string) {
    this.#directory = directory;
    this.#body = new Scratch(directory);
  }

  get size(): number {
    return this.#headerSize + this.#body.size;
  }

  /** False: the header has become too big. */
  addFields(fields: readonly string[]): boolean {
    for (const field of fields) this.#headerSize += field.length + 1;
    if (this.#headerSize > maxHeader) return false;
    this.fields.push(...fields);
    return true;
  }

  endHeader(hasBlankLine: boolean): void {
    this.#hasBlankLine = hasBlankLine;
  }

  /** @throws {QueueError} */
  writeBody(chunk: Uint8Array): void | Promise<void> {
    return this.#body.write(chunk)?.catch((error: unknown) => {
      throw asQueueError(error);
    });
  }

  body(): AsyncIterable<Uint8Array> {
    return this.#body.read();
  }

  /** A new body, to be given to setBody() when it is complete. */
  newBody(): Scratch {
    return new Scratch(this.#directory);
  }

  async setBody(body: Scratch): Promise<void> {
    const before = this.#body;
    this.#body = body;
    await before.close();
  }

  /** The message as it is now. @throws {QueueError} */
  async writeTo(store: NewMessage): Promise<void> {
    const end = this.#hasBlankLine || this.#body.size > 0 ? '\n' : '';
    const header = this.fields.map((field) => `${field}\n`).join('') + end;
    await store.write(Buffer.from(header, 'latin1'));
    for await (const chunk of this.#body.read()) await store.write(chunk);
  }

  close(): Promise<void> {
    return this.#body.close();
  }
}

/** Trouble with the scratch file is trouble with the queue's disk. */
export function asQueueError(error: unknown): QueueError {
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === 'ENOSPC' || code === 'EDQUOT' ? 'full' : 'failed';
  return new QueueError(`content for mail filters: ${errnoText(error)}`, reason, { cause: error });
}
