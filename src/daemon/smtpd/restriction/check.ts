/** restriction/check - what a restriction is asked with, and what it answers. */
import type { Settings } from '../../../lib/config/settings.js';
import type { Resolver } from '../../../lib/dns/resolver.js';
import type { DictOpener } from '../../../lib/dict/opener.js';
import type { Verification } from '../../../lib/ipc/conversation/verify.js';
import type { Rewrite, Route } from '../../../lib/ipc/conversation/rewrite.js';
import type { Log } from '../../../lib/log/log.js';
import type { AddressClasses } from '../../../lib/map/address-class.js';
import type { AddressFinder } from '../../../lib/map/address-find.js';
import type { Maps } from '../../../lib/map/maps.js';
import type { MatchList } from '../../../lib/map/match-list.js';
import { reply, type Reply } from '../../../lib/protocol/smtp/reply.js';
import type { PolicyServers } from '../policy/servers.js';
import type { Trace } from './trace.js';
import { dunno, permit, reject, type Verdict } from './verdict.js';
import type { RecipientMaps } from '../recipient-maps.js';
import type { SessionExpand } from '../session-expand.js';
import { eventLine, verbs } from '../event-line.js';
import type { MessageActions, Place, SessionState, Stage } from '../state.js';

export type { Stage };

export { dunno, permit, reject, type Verdict };

/** What all checks of a service share. */
export interface CheckCore {
  readonly settings: Settings;
  readonly log: Log;
  /** Once for each text, however many sessions there are. */
  readonly warnOnce: (text: string) => void;
  readonly dicts: DictOpener;
  /** With smtpd_dns_reply_filter. */
  readonly resolver: Resolver;
  /** Addresses of hosts, as the system itself would look them up: no filter. */
  readonly hosts: Resolver;
  readonly rewrite: Rewrite;
  readonly classes: AddressClasses;
  readonly mynetworks: MatchList;
  /** smtpd_sender_login_maps. */
  readonly senderLogins: AddressFinder;
  readonly recipientMaps: RecipientMaps;
  /** relay_clientcerts. */
  readonly relayClientcerts: Maps;
  /** smtpd_log_access_permit_actions; undefined: none is logged. */
  readonly permitLog: MatchList | undefined;
  /** Those of inet_interfaces, as `family value`. */
  readonly ownAddresses: ReadonlySet<string>;
  /** Those of inet_interfaces and proxy_interfaces: where the world may find us. */
  readonly ownExchangers: ReadonlySet<string>;
  /** permit_mx_backup_networks, by `name[address]`; undefined: it is empty. */
  readonly mxBackupNetworks: MatchList | undefined;
  /** Of inet_protocols. */
  readonly addressTypes: readonly ('A' | 'AAAA')[];
  /** rbl_reply_maps. */
  readonly rblReplies: Maps;
  readonly expandWith: SessionExpand;
  readonly policies: PolicyServers;
  /** Would mail to this address be delivered? Waits a while for a probe. */
  readonly verify: (address: string) => Promise<Verification>;
  /** Undefined: nobody asks. */
  readonly trace?: Trace;
}

export interface Check {
  readonly core: CheckCore;
  readonly state: SessionState;
  /** Whose list is asked. */
  readonly stage: Stage;
  /** The command that is answered: with smtpd_delay_reject the lists of earlier stages are asked at RCPT. */
  readonly at: Place;
  /** Internal form; '' for the null sender; undefined before MAIL. */
  readonly sender: string | undefined;
  /** Internal form, as the client said it; undefined before RCPT. */
  readonly recipient: string | undefined;
  /** ETRN's site. */
  readonly site?: string;
  readonly actions: MessageActions;
  /** Set by defer_if_permit and by look-ups in trouble. */
  deferIfPermit: Reply | undefined;
  deferIfReject: Reply | undefined;
}

/** What a reply is about: `<user@example.org>`, as Postfix puts it first. */
export function about(subject: string, text: string): string {
  return `<${subject}>: ${text}`;
}

/** An address could not be routed now: try again later. The cause is in the log. */
export class RouteFailure extends Error {
  readonly address: string;

  constructor(address: string, reason: string) {
    super(reason);
    this.address = address;
  }
}

/**
 * Where mail to this address would go; asked once a command. Undefined: to such an address no mail can go.
 * @throws {RouteFailure}
 */
export async function routeOf(
  { core, state, sender }: Pick<Check, 'core' | 'state' | 'sender'>,
  address: string,
): Promise<Extract<Route, { is: 'route' }> | undefined> {
  let asked = state.routes.get(address);
  if (!asked) {
    asked = core.rewrite.resolve(core.rewrite.rewrite(address, 'local'), sender ?? '');
    state.routes.set(address, asked);
  }
  const route = await asked;
  if (route.is === 'try-again') throw new RouteFailure(address, route.reason);
  return route.is === 'route' ? route : undefined;
}

/** Logs what a restriction noted: `what` is `warn`, `hold`, `reject_warning`. */
export function note(check: Check, what: string, text: string): void {
  const { core, state, at, sender, recipient } = check;
  core.log.info(eventLine({ state, what, verb: verbs[at], text, sender, recipient }, core.log));
}

/**
 * Logs a permit that smtpd_log_access_permit_actions names; one that defer_if_permit will overrule is none.
 * @throws {LookupError}
 */
export async function notePermit(check: Check, action: string, subject: string): Promise<void> {
  const { permitLog } = check.core;
  if (!permitLog || check.deferIfPermit || !(await permitLog.match(action))) return;
  note(check, 'permit', `action=${action} for ${subject}`);
}

/** A 4xx that counts only if the rest would have permitted. */
export function deferIfPermit(check: Check, answer: Reply): Verdict {
  check.deferIfPermit ??= answer;
  return dunno;
}

/** Codes of settings: `unknown_address_reject_code` and the like may turn a 5xx into a 4xx, and the reverse. */
export function codeReply(code: number, enhanced: string, text: string): Reply {
  const first = String(code).slice(0, 1);
  return reply(code, enhanced.replace(/^[245]/, first), text);
}
