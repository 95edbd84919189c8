/** util/gate - lets a few in at a time for each key; the others wait in order. */
export class Gate {
  readonly #limit: number;
  readonly #inside = new Map<string, { count: number; readonly waiting: (() => void)[] }>();

  /** @param limit 0: everyone */
  constructor(limit: number) {
    this.#limit = limit;
  }

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (this.#limit <= 0) return work();
    let place = this.#inside.get(key);
    if (!place) {
      place = { count: 0, waiting: [] };
      this.#inside.set(key, place);
    }
    const { waiting } = place;
    if (place.count >= this.#limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else place.count += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else {
        place.count -= 1;
        if (place.count === 0) this.#inside.delete(key);
      }
    }
  }
}
