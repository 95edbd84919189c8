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
 * SEE ALSO
 *   qmgr(8), cleanup(8), bounce(5) of Postfix
 */
import { readFileSync } from 'node:fs';
import type { Settings } from '../../lib/config/settings.js';
import type { Bounce, Notification } from '../../lib/ipc/conversation/bounce.js';
import { mailDate } from '../../lib/sys/mail-date.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { sysexits } from '../../lib/util/sysexits.js';
import { compose } from './compose.js';
import { noticesFor, reportable } from './notices.js';
import type { BounceParts } from './parts.js';
import { sendNotice } from './send.js';
import { makeTemplates, type TemplateSource } from './template.js';

/** @throws {FatalError} bounce_template_file is of no use */
export function createBounce(parts: BounceParts): Bounce {
  const { settings, log, clock } = parts;
  const templates = makeTemplates(settings, templateSource(settings), (text) => log.warning(text));
  return {
    async notify(notification: Notification) {
      const { queueId, kind } = notification;
      const notices = noticesFor(notification, settings);
      if ('dropped' in notices) {
        const text = `${queueId}: ${notices.dropped}`;
        if (notices.isWarning) log.warning(text);
        else log.info(text);
        return [];
      }
      const queued: string[] = [];
      for (const notice of notices) {
        // NOTIFY is between the sender and us; what the postmaster hears is ours alone.
        const recipients =
          notice.audience === 'sender' ? reportable(notification) : notification.recipients;
        if (recipients.length === 0) continue;
        const text = compose(
          notification,
          recipients,
          notice,
          settings,
          templates,
          clock.now(),
          mailDate,
        );
        const id = await sendNotice(parts, notification, notice, text);
        log.info(`${queueId}: ${notice.audience} ${templates[kind].logName}: ${id}`);
        queued.push(id);
      }
      return queued;
    },
  };
}

function templateSource({ bounce_template_file: path }: Settings): TemplateSource | undefined {
  if (path === '') return undefined;
  try {
    return { path, content: readFileSync(path, 'utf8') };
  } catch (error) {
    throw new FatalError(
      `bounce_template_file = ${path}: ${(error as Error).message}; make the file readable for mail_owner`,
      sysexits.config,
    );
  }
}
