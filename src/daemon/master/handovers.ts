/**
 * master/handovers - what the queue managers of earlier configurations still work on.
 *
 * Invariant: one queue manager at a time begins deliveries. The next starts when all before it have said what they still
 * work on, and leaves that alone until it hears that they are done with it, or that they are gone.
 */
import type { Handover } from '../../lib/queue/store.js';

interface Before {
  token: number;
  /** Undefined: it has not said yet. */
  claimed: Set<string> | undefined;
  /** Told when it has. */
  readonly said: (() => void)[];
}

export class Handovers<Worker> {
  readonly #before = new Map<Worker, Before>();

  /** It was asked to hand over. */
  expect(worker: Worker): void {
    this.#before.set(worker, { token: 0, claimed: undefined, said: [] });
  }

  came(worker: Worker, { token, claimed }: Handover): void {
    const before = this.#before.get(worker);
    if (!before || before.claimed) return;
    before.token = token;
    before.claimed = new Set(claimed);
    for (const tell of before.said) tell();
  }

  /** @returns those that are free now */
  back(worker: Worker, queueIds: readonly string[]): readonly string[] {
    const claimed = this.#before.get(worker)?.claimed;
    return queueIds.filter((queueId) => claimed?.delete(queueId));
  }

  /** It has ended. @returns what it leaves */
  gone(worker: Worker): readonly string[] {
    const before = this.#before.get(worker);
    this.#before.delete(worker);
    for (const tell of before?.said ?? []) tell();
    return [...(before?.claimed ?? [])];
  }

  /** What the next one must know; waits for those who have not said yet. */
  async all(): Promise<Handover> {
    for (const before of this.#before.values()) {
      if (!before.claimed) await new Promise<void>((resolve) => before.said.push(resolve));
    }
    const all = [...this.#before.values()];
    return {
      token: Math.max(0, ...all.map(({ token }) => token)),
      claimed: all.flatMap(({ claimed }) => [...(claimed ?? [])]),
    };
  }
}
