/**
 * qmgr/intake - which messages become active next: those we were told of, and what a look through the queue finds.
 *
 * A message that was announced is fetched by its id. The queue itself is looked through at a start, when deferred mail
 * is due, when announcements were too many to keep, and now and then, since an announcement may be lost. New mail and
 * mail that waited take turns, so that neither starves the other. Postfix: qmgr_scan.c.
 */
import type { Claim, QueueStore } from '../../lib/queue/store.js';

const maxTold = 50_000; // ids; beyond them a look through the queue is cheaper

type Kind = 'incoming' | 'deferred';

export class Intake {
  readonly #store: Pick<QueueStore, 'claim' | 'claimById'>;
  #told: string[] = [];
  readonly #looking: Record<Kind, boolean> = { incoming: false, deferred: false };
  #turn: Kind = 'incoming';

  constructor(store: Pick<QueueStore, 'claim' | 'claimById'>) {
    this.#store = store;
  }

  /** There may be more to take. */
  get hasMore(): boolean {
    return this.#told.length > 0 || this.#looking.incoming || this.#looking.deferred;
  }

  tell(queueId: string): void {
    if (this.#told.length < maxTold) {
      this.#told.push(queueId);
      return;
    }
    this.#told = [];
    this.look('incoming');
    this.look('deferred');
  }

  /** The queue is looked through, from its beginning or from where a look is. */
  look(kind: Kind): void {
    this.#looking[kind] = true;
  }

  /** At most `limit` messages, half of them of each kind when there are enough. */
  async next(now: number, limit: number): Promise<readonly Claim[]> {
    const first = this.#turn;
    const second = first === 'incoming' ? 'deferred' : 'incoming';
    this.#turn = second;
    const claims = [...(await this.#take(first, now, Math.ceil(limit / 2)))];
    if (claims.length < limit)
      claims.push(...(await this.#take(second, now, limit - claims.length)));
    return claims;
  }

  async #take(kind: Kind, now: number, limit: number): Promise<readonly Claim[]> {
    if (kind === 'incoming' && this.#told.length > 0)
      return this.#store.claimById(this.#told.splice(0, limit), now);
    if (!this.#looking[kind]) return [];
    const claims = await this.#store.claim(kind, now, limit);
    if (claims.length < limit) this.#looking[kind] = false;
    return claims;
  }
}
