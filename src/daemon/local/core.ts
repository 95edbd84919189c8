/** local/core - what the parts of local(8) share, and what is known of one delivery. */
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Cleanup } from '../../lib/ipc/conversation/cleanup.js';
import type { UserWorkers } from '../../lib/ipc/conversation/mailbox.js';
import type { Rewrite } from '../../lib/ipc/conversation/rewrite.js';
import type { Delivery, DeliveryRecipient, DeliveryRequest } from '../../lib/ipc/delivery.js';
import type { Log } from '../../lib/log/log.js';
import type { Clock } from '../../lib/sys/clock.js';
import type { Gate } from '../../lib/util/gate.js';

export interface LocalParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  readonly cleanup: Cleanup;
  readonly rewrite: Rewrite;
  readonly dicts: DictOpener;
  readonly users: UserWorkers;
}

/** What createLocal adds: at most local_destination_concurrency_limit commands and mbox writes of one user at a time. */
export interface LocalCore extends LocalParts {
  readonly gate: Gate;
}

/** Outcome of one leaf of the alias tree. */
export type Leaf = Pick<Delivery, 'action' | 'dsn' | 'text'> &
  Partial<Pick<Delivery, 'diagnosticType' | 'diagnostic' | 'dsnAction'>>;

export const leaf = (action: Delivery['action'], dsn: string, text: string): Leaf => ({
  action,
  dsn,
  text,
});

/** Where in the alias tree we are. */
export interface Position {
  /** The address that is delivered to here. */
  readonly address: string;
  /** Who the mail seems to come from: an `owner-` alias on the way replaces the sender. */
  readonly sender: string;
  readonly depth: number;
  /** Rights for commands and files: of the alias file's or the .forward's owner; undefined: the recipient's. */
  readonly rights: Rights | undefined;
  /** Straight to the mailbox: `\name`, or a .forward that names its own user. */
  readonly direct: boolean;
}

export interface Rights {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** One recipient of the request, and what all leaves of its tree share. */
export interface Tree {
  readonly request: DeliveryRequest;
  readonly recipient: DeliveryRecipient;
  /** Delivered-To: the address that the mail came to. */
  readonly delivered: string;
  /** Targets that were served already: no one gets it twice. */
  readonly seen: Set<string>;
  /** Addresses elsewhere, gathered for one new message, by sender. */
  readonly forward: Map<string, string[]>;
  /** Aliases being expanded, against loops. */
  readonly path: Set<string>;
  /** With the address that each leaf belongs to, for the log. */
  readonly leaves: (Leaf & { readonly address: string })[];
}
