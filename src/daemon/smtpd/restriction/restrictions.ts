/**
 * restriction/restrictions - the restrictions by name, a row each; old names point at today's.
 */
import type { AccessCheck } from './access.js';
import {
  checkClientAccess,
  checkEtrnAccess,
  checkHeloAccess,
  checkRecipientAccess,
  checkReverseClientAccess,
  checkSaslAccess,
  checkSenderAccess,
} from './access.js';
import {
  checkCcertAccess,
  permitTlsAllClientcerts,
  permitTlsClientcerts,
} from './client-certificate.js';
import { about, type Check, codeReply, dunno, permit, reject, type Verdict } from './check.js';
import {
  permitDnswlClient,
  permitRhswlClient,
  rejectMapsRbl,
  rejectRblClient,
  rejectRhsbl,
} from './dnsbl.js';
import {
  rejectInvalidHelo,
  rejectNonFqdnHelo,
  rejectNonFqdnRecipient,
  rejectNonFqdnSender,
  rejectUnknownClient,
  rejectUnknownHelo,
  rejectUnknownRecipientDomain,
  rejectUnknownReverseClient,
  rejectUnknownSenderDomain,
} from './names.js';
import { permitMxBackup } from './mx-backup.js';
import {
  deferUnauthDestination,
  permitAuthDestination,
  permitInetInterfaces,
  permitMynetworks,
  rejectUnauthDestination,
} from './relay.js';
import {
  rejectAuthenticatedSenderLoginMismatch,
  rejectKnownSenderLoginMismatch,
  rejectSenderLoginMismatch,
  rejectUnauthenticatedSenderLoginMismatch,
} from './sender-login.js';
import { checkPolicyService } from './policy.js';
import { checkServerAccess } from './server-access.js';
import { labelOf, subjectOf } from './subject.js';
import { rejectUnlistedRecipient, rejectUnlistedSender } from './unlisted.js';
import { rejectUnverifiedRecipient, rejectUnverifiedSender } from './unverified.js';

type Plain = (check: Check) => Verdict | Promise<Verdict>;
type WithArgument = (check: Check, argument: string) => Verdict | Promise<Verdict>;

export type Restriction =
  | { readonly is: 'plain'; readonly run: Plain }
  | { readonly is: 'argument'; readonly run: WithArgument }
  | { readonly is: 'access'; readonly run: AccessCheck };

const plain = (run: Plain): Restriction => ({ is: 'plain', run });
const argument = (run: WithArgument): Restriction => ({ is: 'argument', run });
const access = (run: AccessCheck): Restriction => ({ is: 'access', run });

export const restrictions: Readonly<Record<string, Restriction>> = {
  permit: plain(() => permit),
  reject: plain(denyAll('reject')),
  defer: plain(denyAll('defer')),
  defer_if_permit: plain((check) => {
    check.deferIfPermit ??= codeReply(
      450,
      '4.7.1',
      about(subjectOf(check), `${labelOf(check)} rejected: defer_if_permit requested`),
    );
    return dunno;
  }),
  defer_if_reject: plain((check) => {
    check.deferIfReject ??= codeReply(
      450,
      '4.7.1',
      about(subjectOf(check), `${labelOf(check)} rejected: defer_if_reject requested`),
    );
    return dunno;
  }),
  permit_mynetworks: plain(permitMynetworks),
  permit_auth_destination: plain(permitAuthDestination),
  permit_mx_backup: plain(permitMxBackup),
  permit_sasl_authenticated: plain(({ state }) => (state.login ? permit : dunno)),
  permit_inet_interfaces: plain(permitInetInterfaces),
  permit_tls_clientcerts: plain(permitTlsClientcerts),
  permit_tls_all_clientcerts: plain(permitTlsAllClientcerts),
  reject_unauth_destination: plain(rejectUnauthDestination),
  defer_unauth_destination: plain(deferUnauthDestination),
  reject_unauth_pipelining: plain((check) => {
    if (!check.state.illegalPipelining) return dunno;
    const why = 'Improper use of SMTP command pipelining';
    return reject(
      codeReply(503, '5.5.0', about(subjectOf(check), `${labelOf(check)} rejected: ${why}`)),
    );
  }),
  reject_plaintext_session: plain(({ core, state }) =>
    state.tls
      ? dunno
      : reject(
          codeReply(core.settings.plaintext_reject_code, '5.7.1', 'Session encryption is required'),
        ),
  ),
  reject_multi_recipient_bounce: plain(({ sender, state, core, recipient }) =>
    sender === '' && (state.transaction?.recipients.length ?? 0) > 0
      ? reject(
          codeReply(
            core.settings.multi_recipient_bounce_reject_code,
            '5.5.3',
            about(recipient ?? '', 'Recipient address rejected: Multi-recipient bounce'),
          ),
        )
      : dunno,
  ),
  reject_invalid_helo_hostname: plain(rejectInvalidHelo),
  reject_non_fqdn_helo_hostname: plain(rejectNonFqdnHelo),
  reject_unknown_helo_hostname: plain(rejectUnknownHelo),
  reject_unknown_client_hostname: plain(rejectUnknownClient),
  reject_unknown_forward_client_hostname: plain(rejectUnknownClient),
  reject_unknown_reverse_client_hostname: plain(rejectUnknownReverseClient),
  reject_non_fqdn_sender: plain(rejectNonFqdnSender),
  reject_non_fqdn_recipient: plain(rejectNonFqdnRecipient),
  reject_unknown_sender_domain: plain(rejectUnknownSenderDomain),
  reject_unknown_recipient_domain: plain(rejectUnknownRecipientDomain),
  reject_unlisted_recipient: plain(rejectUnlistedRecipient),
  reject_unlisted_sender: plain(rejectUnlistedSender),
  reject_unverified_sender: plain(rejectUnverifiedSender),
  reject_unverified_recipient: plain(rejectUnverifiedRecipient),
  reject_sender_login_mismatch: plain(rejectSenderLoginMismatch),
  reject_known_sender_login_mismatch: plain(rejectKnownSenderLoginMismatch),
  reject_authenticated_sender_login_mismatch: plain(rejectAuthenticatedSenderLoginMismatch),
  reject_unauthenticated_sender_login_mismatch: plain(rejectUnauthenticatedSenderLoginMismatch),
  check_sasl_access: access(checkSaslAccess),
  check_ccert_access: access(checkCcertAccess),
  check_client_access: access(checkClientAccess),
  check_reverse_client_hostname_access: access(checkReverseClientAccess),
  check_helo_access: access(checkHeloAccess),
  check_sender_access: access(checkSenderAccess),
  check_recipient_access: access(checkRecipientAccess),
  check_etrn_access: access(checkEtrnAccess),
  check_client_mx_access: access(checkServerAccess('client', 'MX')),
  check_client_ns_access: access(checkServerAccess('client', 'NS')),
  check_client_a_access: access(checkServerAccess('client', 'A')),
  check_reverse_client_hostname_mx_access: access(
    checkServerAccess('reverse_client_hostname', 'MX'),
  ),
  check_reverse_client_hostname_ns_access: access(
    checkServerAccess('reverse_client_hostname', 'NS'),
  ),
  check_reverse_client_hostname_a_access: access(checkServerAccess('reverse_client_hostname', 'A')),
  check_helo_mx_access: access(checkServerAccess('helo', 'MX')),
  check_helo_ns_access: access(checkServerAccess('helo', 'NS')),
  check_helo_a_access: access(checkServerAccess('helo', 'A')),
  check_sender_mx_access: access(checkServerAccess('sender', 'MX')),
  check_sender_ns_access: access(checkServerAccess('sender', 'NS')),
  check_sender_a_access: access(checkServerAccess('sender', 'A')),
  check_recipient_mx_access: access(checkServerAccess('recipient', 'MX')),
  check_recipient_ns_access: access(checkServerAccess('recipient', 'NS')),
  check_recipient_a_access: access(checkServerAccess('recipient', 'A')),
  check_policy_service: access(checkPolicyService),
  reject_rbl_client: argument(rejectRblClient),
  reject_maps_rbl: plain(rejectMapsRbl),
  permit_dnswl_client: argument(permitDnswlClient),
  permit_rhswl_client: argument(permitRhswlClient),
  reject_rhsbl_client: argument(rejectRhsbl('client')),
  reject_rhsbl_reverse_client: argument(rejectRhsbl('reverse_client')),
  reject_rhsbl_helo: argument(rejectRhsbl('helo')),
  reject_rhsbl_sender: argument(rejectRhsbl('sender')),
  reject_rhsbl_recipient: argument(rejectRhsbl('recipient')),
};

/** Names of Postfix before 2.3. */
export const oldNames: Readonly<Record<string, string>> = {
  reject_invalid_hostname: 'reject_invalid_helo_hostname',
  reject_non_fqdn_hostname: 'reject_non_fqdn_helo_hostname',
  reject_unknown_hostname: 'reject_unknown_helo_hostname',
  reject_unknown_client: 'reject_unknown_client_hostname',
  reject_unknown_address: 'reject_unknown_sender_domain',
};

function denyAll(kind: 'reject' | 'defer'): Plain {
  return (check) => {
    const { reject_code, defer_code } = check.core.settings;
    const text = about(
      subjectOf(check),
      `${labelOf(check)} rejected: ${kind === 'reject' ? 'Access denied' : 'Try again later'}`,
    );
    return reject(
      kind === 'reject'
        ? codeReply(reject_code, '5.7.1', text)
        : codeReply(defer_code, '4.7.1', text),
    );
  };
}
