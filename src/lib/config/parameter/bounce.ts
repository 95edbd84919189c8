/** config/parameter/bounce - notifications. */
import { bool, integer, noEffect, string, works } from '../parameter.js';

export const bounceParameters = {
  '2bounce_notice_recipient': string({
    default: 'postmaster',
    min: 1,
    by: ['bounce', 'error'],
    doc: 'Who gets mail that could be neither delivered nor returned (class 2bounce).',
    status: works,
  }),
  backwards_bounce_logfile_compatibility: bool({
    default: 'yes',
    by: ['bounce'],
    doc: 'Write bounce records that Postfix before 2.0 understands.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  bounce_notice_recipient: string({
    default: 'postmaster',
    min: 1,
    by: ['bounce', 'error'],
    doc: 'Who gets copies of undeliverable mail (class bounce).',
    status: works,
  }),
  bounce_size_limit: integer({
    default: '50000',
    min: 1,
    by: ['bounce', 'sendmail'],
    doc: 'Larger messages are returned as headers only.',
    status: works,
  }),
  bounce_template_file: string({
    default: '',
    by: ['bounce', 'postconf'],
    doc: 'File with the texts of notifications.',
    status: works,
  }),
  delay_notice_recipient: string({
    default: 'postmaster',
    min: 1,
    by: ['bounce'],
    doc: 'Who gets copies of delay warnings (class delay).',
    status: works,
  }),
  disable_verp_bounces: bool({
    default: 'no',
    doc: 'Do not send notifications of VERP mail one recipient at a time.',
    status: works,
  }),
  enable_threaded_bounces: bool({
    default: 'no',
    by: ['bounce'],
    doc: 'Link notifications to the message by References and In-Reply-To.',
  }),
  internal_mail_filter_classes: string({
    default: '',
    by: ['smtpd', 'smtp', 'bounce'],
    doc: 'Generated mail that content checks also look at: bounce, notify.',
    status: works,
  }),
  notify_classes: string({
    default: 'resource, software',
    by: ['smtpd', 'smtp', 'bounce', 'error'],
    doc: 'What the postmaster is told of.',
    status: works,
  }),
};
