/**
 * bounce/notices - who is told about what became of a message; pure.
 *
 * Failure: the sender; for mail without a sender the postmaster, when notify_classes has 2bounce or bounce; for the postmaster's
 * own notices no one, so that there is an end. Postfix: bounce_notify_service.c, bounce_warn_service.c,
 * bounce_trace_service.c. Standard: RFC 3461 section 6.
 */
import type { Settings } from '../../lib/config/settings.js';
import type { Envelope } from '../../lib/ipc/envelope.js';
import { dsnNotify } from '../../lib/ipc/envelope.js';
import type { Notification, NotifiedRecipient } from '../../lib/ipc/conversation/bounce.js';
import { splitList } from '../../lib/util/list.js';

export interface Notice {
  /** To the sender as RFC 3464 has it, or a copy for the postmaster. */
  readonly audience: 'sender' | 'postmaster';
  readonly to: string;
  readonly from: string;
  readonly kind: Envelope['kind'];
  /** The header of the original only, whatever its size. */
  readonly headersOnly: boolean;
}

export type NoticeSettings = Pick<
  Settings,
  | 'notify_classes'
  | 'double_bounce_sender'
  | 'myhostname'
  | 'bounce_notice_recipient'
  | '2bounce_notice_recipient'
  | 'delay_notice_recipient'
>;

/** Recipients that RFC 3461 NOTIFY wants reported: without NOTIFY failures and delays are. */
export function reportable(notification: Notification): readonly NotifiedRecipient[] {
  const bit = dsnNotify[notification.kind];
  const byDefault = notification.kind !== 'success';
  return notification.recipients.filter(({ dsnNotify: wanted }) =>
    wanted === 0 ? byDefault : (wanted & dsnNotify.never) === 0 && (wanted & bit) !== 0,
  );
}

export function doubleBounceSender(
  settings: Pick<Settings, 'double_bounce_sender' | 'myhostname'>,
): string {
  return `${settings.double_bounce_sender}@${settings.myhostname}`;
}

/** Why nobody is told, for the log. */
export interface NoNotice {
  readonly dropped: string;
  readonly isWarning: boolean;
}

export function noticesFor(
  notification: Pick<Notification, 'kind' | 'envelope' | 'to'>,
  settings: NoticeSettings,
): readonly Notice[] | NoNotice {
  const { kind, envelope } = notification;
  const classes = new Set(splitList(settings.notify_classes.toLowerCase()));
  const doubleBounce = doubleBounceSender(settings);
  const { sender } = envelope;
  const copy = (to: string, headersOnly = true): Notice => ({
    audience: 'postmaster',
    to,
    from: doubleBounce,
    kind: 'double-bounce',
    headersOnly,
  });
  const isOwnNotice = sender.toLowerCase() === doubleBounce.toLowerCase();
  const headersOnly = envelope.dsnRet === 'HDRS';
  const toSender: Notice = {
    audience: 'sender',
    to: notification.to ?? sender,
    from: '',
    kind: 'bounce',
    headersOnly,
  };
  switch (kind) {
    case 'failure':
      if (isOwnNotice)
        return { dropped: 'undeliverable postmaster notification discarded', isWarning: true };
      if (sender === '')
        return classes.has('2bounce') || classes.has('bounce')
          ? [copy(settings['2bounce_notice_recipient'], false)]
          : [];
      return classes.has('bounce')
        ? [toSender, copy(settings.bounce_notice_recipient)]
        : [toSender];
    case 'delay':
      if (isOwnNotice || sender === '') return [];
      return classes.has('delay')
        ? [{ ...toSender, headersOnly: true }, copy(settings.delay_notice_recipient)]
        : [{ ...toSender, headersOnly: true }];
    case 'success':
      // RFC 3461 section 6.2: the original is not sent back with a report of success.
      if (isOwnNotice || sender === '') {
        const what = isOwnNotice ? 'double' : 'single';
        return {
          dropped: `not sending trace/success notification for ${what}-bounce message`,
          isWarning: false,
        };
      }
      return [{ ...toSender, headersOnly: true }];
  }
}
