/** qmgr/active-message - a message that is being worked on: its claim, what is still under way, what came out. */
import type { Delivery } from '../../lib/ipc/delivery.js';
import type { Claim, StoredRecipient } from '../../lib/queue/store.js';

export interface Result {
  readonly recipient: StoredRecipient;
  readonly delivery: Delivery;
}

export class ActiveMessage {
  readonly claim: Claim;
  /** When it became active, ms. */
  readonly since: number;
  /** Entries in the scheduler or at an agent. */
  pending = 0;
  /** Where the next portion of recipients begins. */
  nextIndex = 0;
  /** Of this portion. */
  results: Result[] = [];
  /** Recipients deferred so far: decides whether the message goes or stays. */
  deferred: Result[] = [];
  /** Recipients of whose outcome the sender could not be told yet. */
  owed = 0;

  constructor(claim: Claim, since: number) {
    this.claim = claim;
    this.since = since;
  }

  get queueId(): string {
    return this.claim.queueId;
  }
}
