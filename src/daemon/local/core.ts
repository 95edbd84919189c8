/** local/core - what the parts of local(8) share, and what is known of one delivery. */
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Cleanup } from '../../lib/ipc/conversation/cleanup.js';
import type { UserWorkers } from '../../lib/ipc/conversation/mailbox.js';
import type { Rewrite } from '../../lib/ipc/conversation/rewrite.js';
import type {
  Delivery,
  DeliveryAgent,
  DeliveryRecipient,
  DeliveryRequest,
} from '../../lib/ipc/delivery.js';
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
  /** For mailbox_transport and fallback_transport; undefined: they defer mail. */
  readonly agentFor?: (transport: string) => DeliveryAgent | undefined;
}

/** What createLocal adds: at most local_destination_concurrency_limit commands and mbox writes of one user at a time. */
export interface LocalCore extends LocalParts {
  readonly gate: Gate;
}

/** What came of one branch. */
export type Leaf = Pick<Delivery, 'action' | 'dsn' | 'text'> &
  Partial<Pick<Delivery, 'diagnosticType' | 'diagnostic' | 'dsnAction'>>;

export const leaf = (action: Delivery['action'], dsn: string, text: string): Leaf => ({
  action,
  dsn,
  text,
});

/** With whose rights commands run and files are written, and what is known of that user. */
export interface Rights {
  /** '' when only the numbers are known. */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** '' for an owner of an alias table or a list: its home is no one's business. */
  readonly home: string;
  readonly shell: string;
}

export type Source = 'alias' | 'forward' | 'include';

/** Where in the tree of aliases, lists and .forward files we are. Postfix: LOCAL_STATE. */
export interface Position {
  /** The address that is delivered to here. */
  readonly address: string;
  /** For X-Original-To, orig_to= and notifications. */
  readonly original: string;
  readonly orcpt: string | undefined;
  /** RFC 3461 NOTIFY bits: success is answered where an address is expanded, not by what it expands to. */
  readonly notify: number;
  /** Who the mail seems to come from: an `owner-` alias on the way replaces the sender. */
  readonly sender: string;
  readonly delivered: string;
  /** An owner alias, or the user of a .forward: mail for others than this user goes on as a new message. */
  readonly owner: string | undefined;
  /** The alias, or the user whose .forward, that named this address. */
  readonly expandedFrom: string | undefined;
  readonly source: Source | undefined;
  /** Undefined: default_privs. */
  readonly rights: Rights | undefined;
  /** Part of the address that no alias or file name has taken. */
  readonly unmatched: string | undefined;
  readonly depth: number;
  /** Straight to the mailbox: `\name`. */
  readonly direct: boolean;
}

/** One address of mail that goes on as a new message. */
export interface Onward {
  readonly address: string;
  readonly original: string;
  readonly orcpt: string | undefined;
  readonly notify: number;
}

/** A leaf with the address that it belongs to. */
export interface Outcome extends Leaf {
  readonly address: string;
  readonly original: string;
  readonly orcpt: string | undefined;
  readonly notify: number;
}

/** One recipient of the request, and what all branches of its tree share. */
export interface Tree {
  readonly request: DeliveryRequest;
  readonly recipient: DeliveryRecipient;
  /** Addresses of the message's own Delivered-To headers, lower case. */
  readonly visited: ReadonlySet<string>;
  /** True the first time: nobody gets it twice. */
  first(what: string): boolean;
  /** How often this was called. */
  count(): number;
  /** What goes on, by sender and Delivered-To: a new message for each. */
  readonly onward: Map<string, { sender: string; delivered: string; to: Onward[] }>;
  /** Logs what came of a branch and keeps it. */
  settle(position: Position, outcome: Leaf): void;
  /** Keeps what another agent has logged, or what is for notifications only. */
  keep(outcome: Outcome): void;
}
