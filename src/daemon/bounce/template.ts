/**
 * bounce/template - what a notification says to people, by its kind.
 *
 * The shape is Postfix's (bounce(5)), the first line too, for programs read it; the sentences are our own, or those of
 * bounce_template_file.
 */
import { expand } from '../../lib/config/expand.js';
import type { Settings } from '../../lib/config/settings.js';
import { type OwnTemplate, parseTemplateFile } from '../../lib/protocol/dsn/template-file.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { sysexits } from '../../lib/util/sysexits.js';

export type NoticeKind = 'failure' | 'delay' | 'success';

export interface Template {
  readonly subject: string;
  /** Subject of the postmaster's copy. */
  readonly copySubject: string;
  /** In front of `Message` and `Message Headers` in the attachment's description. */
  readonly description: '' | 'Undelivered ';
  /** The log's name for it: `sender NAME: QID`. */
  readonly logName: string;
  /** MIME charset of the text; undefined: utf-8 where the notification is 8-bit, else us-ascii. */
  readonly charset?: string;
  readonly from: string;
  /** The text in front of the list of recipients; ends with an empty line. */
  readonly introduction: string;
}

export type Templates = Readonly<Record<NoticeKind, Template>>;

const common = { from: 'Mail Delivery System <MAILER-DAEMON>' };

const builtIn: Readonly<Record<NoticeKind, Omit<Template, 'introduction'>>> = {
  failure: {
    ...common,
    subject: 'Undelivered Mail Returned to Sender',
    copySubject: 'Postmaster Copy: Undelivered Mail',
    description: 'Undelivered ',
    logName: 'non-delivery notification',
  },
  delay: {
    ...common,
    subject: 'Delayed Mail (still being retried)',
    copySubject: 'Postmaster Warning: Delayed Mail',
    description: 'Undelivered ',
    logName: 'delay notification',
  },
  success: {
    ...common,
    subject: 'Successful Mail Delivery Report',
    copySubject: 'Successful Mail Delivery Report',
    description: '',
    logName: 'delivery status notification',
  },
};

type TextSettings = Pick<
  Settings,
  | 'myhostname'
  | 'mydomain'
  | 'delay_warning_time'
  | 'maximal_queue_lifetime'
  | 'smtputf8_enable'
  | 'source'
>;

/** A file to read: bounce_template_file. */
export interface TemplateSource {
  readonly path: string;
  readonly content: string;
}

/** @throws {FatalError} the file cannot be understood, or names a parameter that does not exist */
export function makeTemplates(
  settings: TextSettings,
  file: TemplateSource | undefined,
  warn: (text: string) => void,
): Templates {
  const own = file ? parseTemplateFile(file.content, file.path) : undefined;
  for (const text of own?.warnings ?? []) warn(text);
  const make = (kind: NoticeKind): Template => {
    const built = builtIn[kind];
    const given = own?.templates.get(kind);
    if (!given) return { ...built, introduction: introduction(kind, settings) };
    const { from, subject, copySubject } = given;
    return {
      ...built,
      ...(given.charset === undefined ? {} : { charset: given.charset }),
      from: from ?? built.from,
      subject: subject ?? built.subject,
      copySubject: copySubject ?? built.copySubject,
      introduction: `${filledIn(given, kind, settings, file?.path ?? '')}\n`,
    };
  };
  return { failure: make('failure'), delay: make('delay'), success: make('success') };
}

const units = { seconds: 1, minutes: 60, hours: 3600, days: 86400, weeks: 604800 };

function filledIn(
  { text }: OwnTemplate,
  kind: NoticeKind,
  settings: TextSettings,
  path: string,
): string {
  const times = new Map<string, string>();
  for (const name of ['delay_warning_time', 'maximal_queue_lifetime'] as const)
    for (const [unit, seconds] of Object.entries(units))
      times.set(`${name}_${unit}`, String(Math.floor(settings[name] / seconds)));
  return expand(text, (name) => {
    const value = times.get(name) ?? settings.source.raw(name);
    if (value === undefined)
      throw new FatalError(
        `${path}: undefined $${name} in ${kind} template; write $$ for a dollar sign`,
        sysexits.config,
      );
    return value;
  });
}

/** The built-in text. */
function introduction(kind: NoticeKind, settings: TextSettings): string {
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
