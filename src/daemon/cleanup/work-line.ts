/**
 * cleanup/work-line - steps that may have to wait for a table, one after the other.
 *
 * Trouble of a step ends the line: no later step runs, and settle() throws it. So a table that cannot be read is an
 * answer at the end of the message, not a broken connection in its midst.
 */
export class WorkLine {
  #last: Promise<void> = Promise.resolve();
  #trouble: unknown;
  #isBroken = false;

  add(step: () => void | Promise<void>): void {
    this.#last = this.#last.then(async () => {
      if (this.#isBroken) return;
      try {
        await step();
      } catch (error) {
        this.#isBroken = true;
        this.#trouble = error;
      }
    });
  }

  /** All steps so far are done, or never will be. Never rejects. */
  get done(): Promise<void> {
    return this.#last;
  }

  /** As done, and throws what went wrong. */
  async settle(): Promise<void> {
    await this.#last;
    if (this.#isBroken) throw this.#trouble;
  }
}
