/**
 * NAME
 *   showq - lists the queue for those who may not read it themselves
 *
 * DESCRIPTION
 *   Serves public/showq: mailq(1) and postqueue(1) of ordinary users get their listing here. Who asks is known by the
 *   kernel's word, and must be one of authorized_mailq_users.
 *
 * SEE ALSO
 *   postqueue(1), queue/listing
 */
import type net from 'node:net';
import type { Settings } from '../../lib/config/settings.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import { serveReports } from '../../lib/ipc/queue-report.js';
import type { Log } from '../../lib/log/log.js';
import { createUserAcl } from '../../lib/map/user-acl.js';
import { jsonListing, listing } from '../../lib/queue/listing.js';
import type { QueueStore } from '../../lib/queue/store.js';
import { peerUid } from '../../lib/sys/peer-user.js';

export interface ShowqParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly dicts: DictOpener;
  readonly store: QueueStore;
  /** public/showq, as this process reaches it. */
  readonly path: string;
}

/** @throws system errors: the socket cannot be made */
export function startShowq({ settings, log, dicts, store, path }: ShowqParts): Promise<net.Server> {
  const acl = createUserAcl({
    parameter: 'authorized_mailq_users',
    list: settings.authorized_mailq_users,
    mailOwner: settings.mail_owner,
    dicts,
    log,
  });
  return serveReports(path, {
    allows: (socket) => acl.allows(peerUid(socket)),
    lines: (form) => (form === 'json' ? jsonListing(store) : listing(store)),
  });
}
