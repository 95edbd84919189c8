/** ipc/conversation/verify - asks verify(8) whether mail to an address could be delivered. */

export interface Verification {
  /** `pending`: a probe is under way; ask again later. */
  readonly status: 'deliverable' | 'deferred' | 'undeliverable' | 'pending';
  /** What the probe came to, for the log and the client. */
  readonly text: string;
}

export interface Verify {
  /** @param address internal form, complete */
  query(address: string): Promise<Verification>;
}

export const inProgress: Verification = {
  status: 'pending',
  text: 'Address verification in progress',
};
