/** config/parameter/qmgr - the queue and its manager. */
import { bool, integer, noEffect, string, time, works } from '../parameter.js';

export const qmgrParameters = {
  bounce_queue_lifetime: time({
    default: '5d',
    by: ['qmgr'],
    doc: 'How long notifications are tried before they are given up.',
    status: works,
  }),
  confirm_delay_cleared: bool({
    default: 'no',
    by: ['qmgr'],
    doc: 'Tell the sender when a message is delivered after a delay warning.',
  }),
  default_delivery_slot_cost: integer({
    default: '5',
    by: ['qmgr'],
    doc: 'How many deliveries a message must make before another may go ahead of it.',
  }),
  default_delivery_slot_discount: integer({
    default: '50',
    by: ['qmgr'],
    doc: 'Percent of the slots that may be missing for going ahead.',
  }),
  default_delivery_slot_loan: integer({
    default: '3',
    by: ['qmgr'],
    doc: 'Slots that may be missing for going ahead.',
  }),
  default_delivery_status_filter: string({
    default: '',
    doc: 'Table that changes status code and text of deliveries.',
  }),
  default_destination_concurrency_failed_cohort_limit: integer({
    default: '1',
    by: ['qmgr'],
    doc: 'Failed cohorts after which a destination is held dead.',
  }),
  default_destination_concurrency_limit: integer({
    default: '20',
    by: ['qmgr'],
    doc: 'Deliveries at a time to one destination.',
    status: works,
  }),
  default_destination_concurrency_negative_feedback: string({
    default: '1',
    by: ['qmgr'],
    doc: 'How fast concurrency falls after a failure.',
    status: works,
  }),
  default_destination_concurrency_positive_feedback: string({
    default: '1',
    by: ['qmgr'],
    doc: 'How fast concurrency grows after a success.',
    status: works,
  }),
  default_destination_rate_delay: time({
    default: '0s',
    by: ['qmgr'],
    doc: 'Pause between two deliveries to one destination.',
  }),
  default_destination_recipient_limit: integer({
    default: '50',
    by: ['qmgr'],
    doc: 'Recipients in one delivery.',
  }),
  default_extra_recipient_limit: integer({
    default: '1000',
    by: ['qmgr'],
    doc: 'Extra recipients in memory for messages that go ahead of others.',
  }),
  default_filter_nexthop: string({
    default: '',
    by: ['qmgr'],
    doc: 'Next hop of content_filter when it names none.',
    status: works,
  }),
  default_minimum_delivery_slots: integer({
    default: '3',
    by: ['qmgr'],
    doc: 'Smaller messages than this never let others go ahead.',
  }),
  default_recipient_limit: integer({
    default: '20000',
    by: ['qmgr'],
    doc: 'Recipients of one transport in memory.',
  }),
  default_recipient_refill_delay: time({
    default: '5s',
    by: ['qmgr'],
    doc: 'After this time more recipients of a message are read.',
  }),
  default_recipient_refill_limit: integer({
    default: '100',
    by: ['qmgr'],
    doc: 'Least number of recipients read at a time.',
  }),
  default_transport_rate_delay: time({
    default: '0s',
    by: ['qmgr'],
    doc: 'Pause between two deliveries of one transport.',
  }),
  defer_transports: string({
    default: '',
    by: ['qmgr'],
    doc: 'Transports whose mail waits until the queue is flushed.',
    status: works,
  }),
  destination_concurrency_feedback_debug: bool({
    default: 'no',
    by: ['qmgr'],
    doc: 'Log how concurrency changes.',
  }),
  dont_remove: integer({
    default: '0',
    doc: 'Keep delivered messages in the saved queue, for debugging.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  hash_queue_depth: integer({
    default: '1',
    by: ['postsuper'],
    doc: 'Levels of directories in queues.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  hash_queue_names: string({
    default: 'deferred, defer',
    by: ['postsuper'],
    doc: 'Queues that have levels of directories.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  in_flow_delay: time({
    default: '1s',
    by: ['cleanup'],
    doc: 'How long new mail waits when it comes faster than it goes.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  initial_destination_concurrency: integer({
    default: '5',
    by: ['qmgr'],
    doc: 'Deliveries at a time to a destination at first.',
    status: works,
  }),
  local_destination_concurrency_limit: integer({
    default: '2',
    by: ['local'],
    doc: 'Deliveries at a time to one local recipient.',
    status: works,
  }),
  local_destination_recipient_limit: integer({
    default: '1',
    by: ['local'],
    doc: 'Recipients in one local delivery.',
  }),
  maximal_backoff_time: time({
    default: '4000s',
    by: ['qmgr'],
    doc: 'Longest time between attempts.',
    status: works,
  }),
  maximal_queue_lifetime: time({
    default: '5d',
    by: ['qmgr'],
    doc: 'When an undelivered message is returned.',
    status: works,
  }),
  minimal_backoff_time: time({
    default: '300s',
    by: ['qmgr'],
    doc: 'Shortest time between attempts; pause after a destination failed.',
    status: works,
  }),
  qmgr_clog_warn_time: time({
    default: '300s',
    by: ['qmgr'],
    doc: 'Pause between warnings that one destination fills the queue.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  qmgr_daemon_timeout: time({
    default: '1000s',
    by: ['qmgr'],
    doc: 'daemon_timeout of the queue manager.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  qmgr_fudge_factor: integer({
    default: '100',
    doc: "Share of a delivery's resources for big mailings, in percent.",
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  qmgr_ipc_timeout: time({
    default: '60s',
    by: ['qmgr'],
    doc: 'ipc_timeout of the queue manager.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  qmgr_message_active_limit: integer({
    default: '20000',
    by: ['qmgr'],
    doc: 'Messages in memory.',
    status: works,
  }),
  qmgr_message_recipient_limit: integer({
    default: '20000',
    by: ['qmgr'],
    doc: 'Recipients in memory.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  qmgr_message_recipient_minimum: integer({
    default: '10',
    by: ['qmgr'],
    doc: 'Recipients in memory for each message at least.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  queue_file_attribute_count_limit: integer({
    default: '100',
    by: ['cleanup'],
    doc: 'Attributes of one message.',
    status: noEffect('Hikyaku is built otherwise: there is nothing to set'),
  }),
  queue_minfree: integer({
    default: '0',
    by: ['smtpd'],
    doc: 'Free space without which no mail is taken.',
    status: works,
  }),
  queue_run_delay: time({
    default: '300s',
    by: ['qmgr', 'sendmail'],
    doc: 'Time between two looks at deferred mail.',
    status: works,
  }),
  transport_retry_time: time({
    default: '60s',
    by: ['qmgr'],
    doc: 'Pause after a delivery agent could not be reached.',
    status: works,
  }),
};
