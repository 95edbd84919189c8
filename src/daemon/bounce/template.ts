/**
 * bounce/template - what a notification says to people, by its kind.
 *
 * The shape is Postfix's (bounce(5)), the first line too, for programs read it; the sentences are our own.
 */
import type { Settings } from '../../lib/config/settings.js';

export type NoticeKind = 'failure' | 'delay' | 'success';

export interface Template {
  readonly subject: string;
  /** Subject of the postmaster's copy. */
  readonly copySubject: string;
  /** In front of `Message` and `Message Headers` in the attachment's description. */
  readonly description: '' | 'Undelivered ';
  /** The log's name for it: `sender NAME: QID`. */
  readonly logName: string;
}

export const templates: Readonly<Record<NoticeKind, Template>> = {
  failure: {
    subject: 'Undelivered Mail Returned to Sender',
    copySubject: 'Postmaster Copy: Undelivered Mail',
    description: 'Undelivered ',
    logName: 'non-delivery notification',
  },
  delay: {
    subject: 'Delayed Mail (still being retried)',
    copySubject: 'Postmaster Warning: Delayed Mail',
    description: 'Undelivered ',
    logName: 'delay notification',
  },
  success: {
    subject: 'Successful Mail Delivery Report',
    copySubject: 'Successful Mail Delivery Report',
    description: '',
    logName: 'delivery status notification',
  },
};

type TextSettings = Pick<Settings, 'myhostname' | 'delay_warning_time' | 'maximal_queue_lifetime'>;

/** The text in front of the list of recipients; ends with an empty line. */
export function introduction(kind: NoticeKind, settings: TextSettings): string {
  return [
    `This is the mail system at host ${settings.myhostname}.`,
    '',
    ...body(kind, settings),
    '',
    '                   The mail system',
    '',
    '',
  ].join('\n');
}

const help = [
  'If you need help, write to postmaster and send this report along;',
  'the text of the attached message may be left out.',
];

function body(kind: NoticeKind, settings: TextSettings): string[] {
  switch (kind) {
    case 'failure':
      return [
        'Your message could not be delivered to the recipients named below,',
        'and no further attempt will be made. It is attached to this report.',
        '',
        ...help,
      ];
    case 'delay':
      return [
        'THIS IS ONLY A WARNING. There is no need to send the message again.',
        '',
        'Your message has been waiting for delivery to the recipients named',
        `below for more than ${Math.floor(settings.delay_warning_time / 3600)} hour(s). Attempts go on until it is ` +
          `${Math.floor(settings.maximal_queue_lifetime / 86400)} day(s) old.`,
        '',
        ...help,
      ];
    case 'success':
      return [
        'Your message was handed over for the recipients named below. Where it',
        'reached a mailbox, that was the last step. Elsewhere another mail',
        'system has taken it and may still report a failure.',
      ];
  }
}
