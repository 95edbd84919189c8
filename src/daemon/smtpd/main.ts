/**
 * NAME
 *   smtpd - the SMTP server
 *
 * DESCRIPTION
 *   Takes mail from the network: checks who may send what to whom, and answers `250` to a message only when it lies
 *   in the queue. Sessions of one master.cf line share its settings.
 *
 * SEE ALSO
 *   cleanup(8), anvil(8), SMTPD_ACCESS_README of Postfix
 */
import type { Socket } from 'node:net';
import { FatalError } from '../../lib/util/fatal-error.js';
import { splitList } from '../../lib/util/list.js';
import { sysexits } from '../../lib/util/sysexits.js';
import type { ProxiedEndpoints } from '../../lib/protocol/haproxy/header.js';
import { parseFilterPlace } from './before-queue/place.js';
import type { ListName } from './decide.js';
import type { Stage } from './restriction/check.js';
import { createService, type SmtpdParts } from './service.js';
import { Session } from './session.js';
import { readUpstreamHeader } from './upstream.js';

export type { SmtpdParts };

export interface SmtpdService {
  /** `done` is called once, when the session has ended. */
  accept(socket: Socket, done?: () => void): void;
  /** Resolves when all sessions have ended: by themselves, or not patient, after the message that is under way. */
  drain(patient: boolean): Promise<void>;
}

/** A session, or a connection that waits for the header of its proxy. */
interface Open {
  drain(): void;
}

const lists: readonly (readonly [ListName, Stage])[] = [
  ['smtpd_client_restrictions', 'client'],
  ['smtpd_helo_restrictions', 'helo'],
  ['smtpd_sender_restrictions', 'sender'],
  ['smtpd_relay_restrictions', 'relay'],
  ['smtpd_recipient_restrictions', 'recipient'],
  ['smtpd_data_restrictions', 'data'],
  ['smtpd_end_of_data_restrictions', 'end-of-message'],
  ['smtpd_etrn_restrictions', 'etrn'],
];

export function createSmtpd(parts: SmtpdParts): SmtpdService {
  const service = createService(parts);
  const sessions = new Set<Open>();
  const whenEmpty: (() => void)[] = [];
  for (const [list, stage] of lists) {
    for (const problem of service.evaluator.problems(parts.settings[list], stage))
      parts.log.warning(`${list}: ${problem}`);
  }
  refuseOpenRelay(parts);
  parseFilterPlace(parts.settings.smtpd_proxy_filter);
  const isProxied = hasProxy(parts);
  const leave = (open: Open): void => {
    sessions.delete(open);
    if (sessions.size === 0) for (const resolve of whenEmpty.splice(0)) resolve();
  };
  const begin = (socket: Socket, done?: () => void, proxied?: ProxiedEndpoints): void => {
    const onEnd = (): void => {
      leave(session);
      done?.();
    };
    const session: Session = new Session(service, socket, onEnd, proxied);
    sessions.add(session);
  };
  const beginBehindProxy = async (socket: Socket, done?: () => void): Promise<void> => {
    const waiting: Open = { drain: () => socket.destroy() };
    sessions.add(waiting);
    const header = await readUpstreamHeader(socket, service);
    if (header.is === 'header') begin(socket, done, header.endpoints);
    else done?.();
    leave(waiting);
  };
  return {
    accept(socket, done) {
      if (isProxied) void beginBehindProxy(socket, done);
      else begin(socket, done);
    },
    async drain(patient) {
      if (!patient) for (const session of sessions) session.drain();
      while (sessions.size > 0) await new Promise<void>((resolve) => whenEmpty.push(resolve));
    },
  };
}

/** @throws {FatalError} a protocol that no one knows */
function hasProxy({ settings }: SmtpdParts): boolean {
  const { smtpd_upstream_proxy_protocol: protocol } = settings;
  if (protocol === '') return false;
  if (protocol === 'haproxy') return true;
  throw new FatalError(
    `smtpd_upstream_proxy_protocol = ${protocol}: unsupported; write haproxy, or nothing`,
    sysexits.config,
  );
}

/** A server that would relay for everyone does not start, as in Postfix. @throws {FatalError} */
function refuseOpenRelay({ settings }: SmtpdParts): void {
  const safe = [
    'reject_unauth_destination',
    'defer_unauth_destination',
    'reject',
    'defer',
    'defer_if_permit',
    'check_relay_domains',
  ];
  const words = [
    ...splitList(settings.smtpd_relay_restrictions),
    ...splitList(settings.smtpd_recipient_restrictions),
  ];
  if (words.some((word) => safe.includes(word))) return;
  throw new FatalError(
    `in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working instance of: ${safe.join(', ')}`,
    sysexits.config,
  );
}
