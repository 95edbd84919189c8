/** ipc/conversation/queue-manager - what other programs tell qmgr(8). Losing one only delays mail. */
export interface QueueManager {
  /** A message was committed: look at it now. */
  arrived(queueId: string): void;
  /** Try all deferred mail now (postqueue -f). */
  flushAll(): void;
  /** Try one message now (postqueue -i); dead destinations are forgotten. */
  flushOne(queueId: string): void;
  /** Try everything for a site (postqueue -s, ETRN). */
  flushSite(domain: string): void;
  /** postsuper changed the store: drop what is remembered of this message. */
  changed(queueId: string): void;
}
