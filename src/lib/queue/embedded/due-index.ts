/**
 * queue/embedded/due-index - walks the index of due messages without meeting claimed ones again and again.
 *
 * A claimed message keeps its place in the index until it is settled. So a walk goes on where the last one ended, and
 * only after it has reached the end does the next begin at the start.
 */
import type { Database } from './database.js';
import { dueKey, parseDueKey } from './record.js';

type Kind = 'incoming' | 'deferred';

export class DueIndex {
  readonly #due: Database['due'];
  /** Last key that the walk has seen; undefined: begin at the start. */
  readonly #seen: Record<Kind, string | undefined> = { incoming: undefined, deferred: undefined };

  constructor(due: Database['due']) {
    this.#due = due;
  }

  /**
   * Ids in order of time, from where the last walk ended, until `take` has taken `limit` of them. Fewer than `limit`
   * taken: the end was reached. New mail is due whatever its arrival time says.
   */
  walk(
    kind: Kind,
    now: number,
    limit: number,
    take: (queueId: string, key: string) => boolean,
  ): number {
    const end = kind === 'incoming' ? 'j' : dueKey('deferred', now + 1, '');
    const seen = this.#seen[kind];
    let count = 0;
    for (const key of this.#due.getKeys({
      start: seen ?? (kind === 'incoming' ? 'i' : 'd'),
      end,
    })) {
      if (key === seen) continue;
      if (count >= limit) return count;
      this.#seen[kind] = key;
      if (take(parseDueKey(key).queueId, key)) count += 1;
    }
    this.#seen[kind] = undefined;
    return count;
  }

  /** Time of the first deferred message due after `after`; undefined: none. */
  nextDue(after: number): number | undefined {
    for (const key of this.#due.getKeys({
      start: dueKey('deferred', after + 1, ''),
      end: 'e',
      limit: 1,
    }))
      return parseDueKey(key).due;
    return undefined;
  }

  /** Ids of deferred messages due after `after`, in order. */
  *waiting(after: number): Iterable<string> {
    const start = dueKey('deferred', after + 1, '');
    for (const key of this.#due.getKeys({ start, end: 'e', snapshot: false }))
      yield parseDueKey(key).queueId;
  }
}
