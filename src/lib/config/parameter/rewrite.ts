/** config/parameter/rewrite - address rewriting and routing. */
import { bool, string, works } from '../parameter.js';

export const rewriteParameters = {
  allow_min_user: bool({
    default: 'no',
    by: ['smtpd', 'trivial-rewrite', 'qmgr'],
    doc: 'Whether an address may begin with `-`.',
    status: works,
  }),
  allow_percent_hack: bool({
    default: 'yes',
    by: ['trivial-rewrite'],
    doc: 'Rewrite user%domain to user@domain.',
    status: works,
  }),
  append_at_myorigin: bool({
    default: 'yes',
    by: ['trivial-rewrite'],
    doc: 'Complete an address without domain by @$myorigin.',
    status: works,
  }),
  append_dot_mydomain: bool({
    default: '${{$compatibility_level} <level {1} ? {yes} : {no}}',
    by: ['trivial-rewrite'],
    doc: 'Complete a domain without dots by .$mydomain.',
    status: works,
  }),
  empty_address_default_transport_maps_lookup_key: string({
    default: '<>',
    by: ['trivial-rewrite'],
    doc: 'Key for <> in sender_dependent_default_transport_maps.',
    status: works,
  }),
  empty_address_relayhost_maps_lookup_key: string({
    default: '<>',
    by: ['trivial-rewrite'],
    doc: 'Key for <> in sender_dependent_relayhost_maps.',
    status: works,
  }),
  resolve_dequoted_address: bool({
    default: 'yes',
    by: ['trivial-rewrite'],
    doc: 'Route by the address without quotes.',
    status: works,
  }),
  resolve_null_domain: bool({
    default: 'no',
    by: ['trivial-rewrite'],
    doc: 'Take user@ for user@$myhostname.',
    status: works,
  }),
  resolve_numeric_domain: bool({
    default: 'no',
    by: ['trivial-rewrite'],
    doc: 'Take user@1.2.3.4 for user@[1.2.3.4].',
    status: works,
  }),
  sender_dependent_default_transport_maps: string({
    default: '',
    by: ['trivial-rewrite'],
    doc: 'default_transport by sender.',
    status: works,
  }),
  sender_dependent_relayhost_maps: string({
    default: '',
    by: ['trivial-rewrite'],
    doc: 'relayhost by sender.',
    status: works,
  }),
  swap_bangpath: bool({
    default: 'yes',
    by: ['trivial-rewrite'],
    doc: 'Rewrite site!user to user@site.',
    status: works,
  }),
};
