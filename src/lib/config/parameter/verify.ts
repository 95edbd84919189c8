/** config/parameter/verify - address probes. */
import { bool, integer, string, time } from '../parameter.js';

export const verifyParameters = {
  address_verify_cache_cleanup_interval: time({
    default: '12h',
    by: ['verify'],
    doc: 'Time between two sweeps of the probe cache; 0 sweeps never.',
  }),
  address_verify_default_transport: string({
    default: '$default_transport',
    by: ['trivial-rewrite', 'verify'],
    doc: 'Overrides default_transport for address probes.',
  }),
  address_verify_local_transport: string({
    default: '$local_transport',
    by: ['trivial-rewrite', 'verify'],
    doc: 'Overrides local_transport for address probes.',
  }),
  address_verify_map: string({
    default: '$default_cache_db_type:$data_directory/verify_cache',
    by: ['verify'],
    doc: 'Table that keeps the results of address probes.',
  }),
  address_verify_negative_cache: bool({
    default: 'yes',
    by: ['verify'],
    doc: 'Whether failed probes are remembered.',
  }),
  address_verify_negative_expire_time: time({
    default: '3d',
    min: 1,
    by: ['verify'],
    doc: 'When a failed probe is forgotten.',
  }),
  address_verify_negative_refresh_time: time({
    default: '3h',
    min: 1,
    by: ['verify'],
    doc: 'When a failed probe is repeated in the background.',
  }),
  address_verify_pending_request_limit: integer({
    default: '5000',
    min: 1,
    by: ['qmgr'],
    doc: 'How many probes may wait at a time.',
  }),
  address_verify_poll_count: integer({
    default: '${stress?{1}:{3}}',
    min: 1,
    by: ['smtpd'],
    doc: 'How often a session asks for the result of a probe before it answers 4xx.',
  }),
  address_verify_poll_delay: time({
    default: '3s',
    min: 1,
    by: ['smtpd'],
    doc: 'Wait between two questions for the result of a probe.',
  }),
  address_verify_positive_expire_time: time({
    default: '31d',
    min: 1,
    by: ['verify'],
    doc: 'When a successful probe is forgotten.',
  }),
  address_verify_positive_refresh_time: time({
    default: '7d',
    min: 1,
    by: ['verify'],
    doc: 'When a successful probe is repeated in the background.',
  }),
  address_verify_relay_transport: string({
    default: '$relay_transport',
    by: ['trivial-rewrite', 'verify'],
    doc: 'Overrides relay_transport for address probes.',
  }),
  address_verify_relayhost: string({
    default: '$relayhost',
    by: ['trivial-rewrite', 'verify'],
    doc: 'Overrides relayhost for address probes.',
  }),
  address_verify_sender: string({
    default: '$double_bounce_sender',
    by: ['smtpd', 'verify'],
    doc: 'Envelope sender of address probes.',
  }),
  address_verify_sender_dependent_default_transport_maps: string({
    default: '$sender_dependent_default_transport_maps',
    by: ['trivial-rewrite', 'verify'],
    doc: 'Overrides sender_dependent_default_transport_maps for address probes.',
  }),
  address_verify_sender_dependent_relayhost_maps: string({
    default: '$sender_dependent_relayhost_maps',
    by: ['trivial-rewrite', 'verify'],
    doc: 'Overrides sender_dependent_relayhost_maps for address probes.',
  }),
  address_verify_sender_ttl: time({
    default: '0s',
    by: ['smtpd', 'verify'],
    doc: "How often a probe's sender address changes when it is time-dependent.",
  }),
  address_verify_transport_maps: string({
    default: '$transport_maps',
    by: ['trivial-rewrite', 'verify'],
    doc: 'Overrides transport_maps for address probes.',
  }),
  address_verify_virtual_transport: string({
    default: '$virtual_transport',
    by: ['trivial-rewrite', 'verify'],
    doc: 'Overrides virtual_transport for address probes.',
  }),
  unverified_recipient_defer_code: integer({
    default: '450',
    min: 200,
    max: 599,
    by: ['smtpd'],
    doc: 'Reply code when a recipient probe gave no result.',
  }),
  unverified_recipient_reject_code: integer({
    default: '450',
    min: 200,
    max: 599,
    by: ['smtpd'],
    doc: 'Reply code when a recipient probe failed.',
  }),
  unverified_recipient_reject_reason: string({
    default: '',
    by: ['smtpd'],
    doc: 'Text when a recipient probe failed.',
  }),
  unverified_recipient_tempfail_action: string({
    default: '$reject_tempfail_action',
    by: ['smtpd'],
    doc: 'What reject_unverified_recipient does when the probe fails for the time being.',
  }),
  unverified_sender_defer_code: integer({
    default: '450',
    min: 200,
    max: 599,
    by: ['smtpd'],
    doc: 'Reply code when a sender probe gave no result.',
  }),
  unverified_sender_reject_code: integer({
    default: '450',
    min: 200,
    max: 599,
    by: ['smtpd'],
    doc: 'Reply code when a sender probe failed.',
  }),
  unverified_sender_reject_reason: string({
    default: '',
    by: ['smtpd'],
    doc: 'Text when a sender probe failed.',
  }),
  unverified_sender_tempfail_action: string({
    default: '$reject_tempfail_action',
    by: ['smtpd'],
    doc: 'What reject_unverified_sender does when the probe fails for the time being.',
  }),
};
