/**
 * NAME
 *   qmqpd - takes mail by QMQP, the protocol of qmail's null clients
 *
 * DESCRIPTION
 *   A request is a message, its sender and its recipients as netstrings; the answer is K (it lies in the queue), Z (try
 *   again) or D (no), with a text. Only qmqpd_authorized_clients may speak: they are trusted with any recipient.
 *
 * STANDARDS
 *   http://cr.yp.to/proto/qmqp.html
 *
 * SEE ALSO
 *   smtpd(8), cleanup(8)
 */
import type { Socket } from 'node:net';
import { addressList, domainList } from '../../lib/map/match-list.js';
import { ClientNames } from '../../lib/server/client-name.js';
import type { Core, QmqpdParts } from './parts.js';
import { QmqpSession } from './session.js';

export type { QmqpdParts } from './parts.js';

export interface QmqpdService {
  accept(socket: Socket, done?: () => void): void;
  /** Resolves when all sessions have ended: each takes one message. */
  drain(patient: boolean): Promise<void>;
}

export function createQmqpd(parts: QmqpdParts): QmqpdService {
  const { settings, dicts } = parts;
  const list = settings.qmqpd_authorized_clients;
  const [addresses, names] = [
    addressList(list, dicts, 'qmqpd_authorized_clients'),
    domainList(list, dicts, 'qmqpd_authorized_clients', { matchSubdomains: false }),
  ];
  const core: Core = {
    ...parts,
    names: new ClientNames(settings, parts.log, parts.clock),
    isAuthorized: async ({ name, address }) =>
      (await addresses.match(address)) || (name !== 'unknown' && (await names.match(name))),
  };
  const sessions = new Set<QmqpSession>();
  const whenEmpty: (() => void)[] = [];
  return {
    accept(socket, done) {
      const session: QmqpSession = new QmqpSession(core, socket, () => {
        sessions.delete(session);
        done?.();
        if (sessions.size === 0) for (const resolve of whenEmpty.splice(0)) resolve();
      });
      sessions.add(session);
    },
    async drain() {
      while (sessions.size > 0) await new Promise<void>((resolve) => whenEmpty.push(resolve));
    },
  };
}
