/** config/parameter/submission - sendmail, postdrop, postqueue: what local users may do. */
import { string, works } from '../parameter.js';

export const submissionParameters = {
  authorized_flush_users: string({
    default: 'static:anyone',
    by: ['sendmail', 'postqueue'],
    doc: 'Users who may flush the queue.',
    status: works,
  }),
  authorized_mailq_users: string({
    default: 'static:anyone',
    by: ['sendmail', 'postqueue'],
    doc: 'Users who may look at the queue.',
    status: works,
  }),
  authorized_submit_users: string({
    default: 'static:anyone',
    by: ['sendmail', 'postdrop'],
    doc: 'Users who may submit mail with sendmail.',
    status: works,
  }),
  empty_address_local_login_sender_maps_lookup_key: string({
    default: '<>',
    by: ['postdrop'],
    doc: 'Key for <> in local_login_sender_maps.',
    status: works,
  }),
  full_name_encoding_charset: string({
    default: 'utf-8',
    doc: 'Character set of full names in generated From headers.',
  }),
  local_login_sender_maps: string({
    default: 'static:*',
    by: ['postdrop'],
    doc: 'Which sender addresses a login may use with sendmail.',
    status: works,
  }),
  sendmail_fix_line_endings: string({
    default: 'always',
    oneOf: ['always', 'strict', 'never'],
    by: ['sendmail'],
    doc: 'When sendmail turns CR LF into line ends: always, strict, never.',
    status: works,
  }),
};
