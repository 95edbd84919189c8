/**
 * NAME
 *   bounce - tells senders what became of their mail
 *
 * DESCRIPTION
 *   Makes delivery status notifications of failure, delay and success and hands them to cleanup(8) as new messages:
 *   to the sender, and to the postmaster where notify_classes asks for it. Mail without a sender that cannot be
 *   delivered becomes a double bounce; a double bounce that cannot be delivered is dropped and logged.
 *   The original is streamed, never held.
 *
 * STANDARDS
 *   RFC 3461 (NOTIFY, RET, ENVID), RFC 3464 (status notifications), RFC 6533 (addresses beyond ASCII)
 *
 * BUGS
 *   bounce_template_file is not read.
 *
 * SEE ALSO
 *   qmgr(8), cleanup(8), bounce(5) of Postfix
 */
import type { Bounce, Notification } from '../../lib/ipc/conversation/bounce.js';
import { mailDate } from '../../lib/sys/mail-date.js';
import { compose } from './compose.js';
import { noticesFor, reportable } from './notices.js';
import type { BounceParts } from './parts.js';
import { sendNotice } from './send.js';
import { templates } from './template.js';

export function createBounce(parts: BounceParts): Bounce {
  const { settings, log, clock } = parts;
  return {
    async notify(notification: Notification) {
      const { queueId, kind } = notification;
      const recipients = reportable(notification);
      if (recipients.length === 0) return [];
      const notices = noticesFor(notification, settings);
      if (notices === 'discarded') {
        log.warning(`${queueId}: undeliverable postmaster notification discarded`);
        return [];
      }
      const queued: string[] = [];
      for (const notice of notices) {
        const text = compose(notification, recipients, notice, settings, clock.now(), mailDate);
        const id = await sendNotice(parts, notification, notice, text);
        log.info(`${queueId}: ${notice.audience} ${templates[kind].logName}: ${id}`);
        queued.push(id);
      }
      return queued;
    },
  };
}
