/** config/parameter/virtual - virtual mailboxes. */
import { integer, string, works } from '../parameter.js';

export const virtualParameters = {
  virtual_delivery_status_filter: string({
    default: '$default_delivery_status_filter',
    by: ['virtual'],
    doc: 'default_delivery_status_filter of virtual.',
  }),
  virtual_gid_maps: string({
    default: '',
    by: ['virtual'],
    doc: 'Tables of group ids by recipient.',
    status: works,
  }),
  virtual_mailbox_base: string({
    default: '',
    by: ['virtual'],
    doc: 'Directory before the results of virtual_mailbox_maps.',
    status: works,
  }),
  virtual_mailbox_limit: integer({
    default: '51200000',
    by: ['virtual'],
    doc: 'Largest virtual mailbox file; 0: no limit.',
    status: works,
  }),
  virtual_mailbox_lock: string({
    default: 'fcntl, dotlock',
    by: ['virtual'],
    doc: 'How virtual mailboxes are locked.',
    status: works,
  }),
  virtual_minimum_uid: integer({
    default: '100',
    min: 1,
    by: ['virtual'],
    doc: 'Smallest user id that virtual delivers as.',
    status: works,
  }),
  virtual_uid_maps: string({
    default: '',
    by: ['virtual'],
    doc: 'Tables of user ids by recipient.',
    status: works,
  }),
};
