/** agent/mailbox/content-queue - chunks that came over a stream, for one reader. */
export class ContentQueue {
  readonly #account: (change: number) => void;
  #chunks: Buffer[] = [];
  #ended = false;
  #failure: Error | undefined;
  #dropped = false;
  #wake: (() => void) | undefined;

  /** @param account told of the bytes that are held: plus when they come, minus when they go */
  constructor(account: (change: number) => void) {
    this.#account = account;
  }

  add(chunk: Buffer): void {
    if (this.#dropped) return;
    this.#chunks.push(chunk);
    this.#account(chunk.length);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** The rest will not come: the reader gets an error, never a short message. */
  fail(error: Error): void {
    if (this.#ended) return;
    this.#failure = error;
    this.#wake?.();
  }

  /** Nobody reads any more. */
  drop(): void {
    this.#dropped = true;
    for (const chunk of this.#chunks.splice(0)) this.#account(-chunk.length);
  }

  async *read(): AsyncIterable<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#account(-chunk.length);
        yield chunk;
      } else if (this.#failure) {
        throw this.#failure;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }
}
