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
  /** How many of `results` were looked at for a checkpoint, and the one under way. */
  saved = 0;
  saving: Promise<void> | undefined;
  /** Recipients in memory: of the portion at work. */
  loaded = 0;
  /** Someone asked for this try: defer_transports does not count. */
  readonly isWanted: boolean;
  /** Recipients of whose outcome the sender could not be told yet. */
  owed = 0;

  constructor(claim: Claim, since: number, isWanted: boolean) {
    this.claim = claim;
    this.since = since;
    this.isWanted = isWanted;
  }

  /** An address probe: nothing is delivered, and nobody is told. */
  get isProbe(): boolean {
    return this.claim.message.envelope.kind === 'probe';
  }

  get queueId(): string {
    return this.claim.queueId;
  }
}
