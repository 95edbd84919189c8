/**
 * restriction/policy - check_policy_service: another program decides, and answers as an access table would.
 *
 * Standard: SMTPD_POLICY_README. Postfix: check_policy_service() of smtpd_check.c.
 */
import { encodeXtext } from '../../../lib/protocol/dsn/xtext.js';
import { issuerName, subjectName } from '../../../lib/tls/certificate.js';
import { cipherBits } from '../../../lib/tls/ciphers.js';
import { verbs } from '../event-line.js';
import { encodeAttributes } from '../policy/attributes.js';
import { type PolicyServer, PolicyServerError } from '../policy/server.js';
import type { Asked } from '../policy/servers.js';
import { replies } from '../replies.js';
import type { SessionTls } from '../session-tls.js';
import { type AccessCheck, perform } from './access.js';
import { type Check, reject } from './check.js';
import { labelOf, subjectOf } from './subject.js';

export const checkPolicyService: AccessCheck = async (check, argument, evaluate) => {
  let asked: Asked;
  try {
    asked = check.core.policies.named(argument);
  } catch (error) {
    if (!(error instanceof PolicyServerError)) throw error;
    check.core.log.warning(`check_policy_service ${argument}: ${error.message}`);
    return reject(replies.configurationError);
  }
  const { server, client } = asked;
  const answer = await client.ask(encodeAttributes(policyAttributes(check, server)));
  let action = answer?.get('action') ?? server.defaultAction;
  if (action.includes('\ufffd')) {
    const shown = action.replaceAll('\ufffd', '?');
    check.core.log.warning(`malformed UTF-8 in policy server ${argument} response: "${shown}"`);
    action = server.defaultAction;
  }
  if (action === '') check.core.log.warning(`access table ${argument} entry  has empty value`);
  const context = {
    check,
    label: labelOf(check),
    subject: subjectOf(check),
    enhanced: '5.7.1',
    evaluate,
  };
  return perform({ ...context, table: argument, entry: 'policy query' }, action);
};

/** In Postfix's order; a value that is not known is empty. */
export function policyAttributes(
  check: Check,
  { context }: Pick<PolicyServer, 'context'>,
): (readonly [name: string, value: string])[] {
  const { state, core, at } = check;
  const { client, transaction, login, tls } = state;
  const { settings } = core;
  const isLater = at === 'data' || at === 'end-of-message';
  const recipients = transaction?.recipients.length ?? 0;
  const size =
    at === 'end-of-message' ? (transaction?.size ?? 0) : (transaction?.declaredSize ?? 0);
  return [
    ['request', 'smtpd_access_policy'],
    ['protocol_state', at === 'helo' && state.isEsmtp ? 'EHLO' : verbs[at]],
    ['protocol_name', state.isEsmtp && at !== 'helo' ? 'ESMTP' : 'SMTP'],
    ['client_address', client.address],
    ['client_name', client.name],
    ['client_port', String(client.port)],
    ['reverse_client_name', client.reverseName],
    ['server_address', client.serverAddress],
    ['server_port', String(client.serverPort)],
    ['helo_name', state.helo],
    ['sender', check.sender ?? ''],
    ['recipient', check.recipient ?? ''],
    ['recipient_count', String(isLater ? recipients : 0)],
    ['queue_id', transaction?.cleanup?.queueId ?? ''],
    ['instance', transaction && at !== 'sender' ? core.policies.instanceOf(transaction) : ''],
    ['size', String(size)],
    ['etrn_domain', check.site ?? ''],
    ['stress', settings.source.expand('$stress')],
    ['sasl_method', login?.method ?? ''],
    ['sasl_username', login?.user ?? ''],
    ['sasl_sender', transaction?.saslSender ?? ''],
    ...tlsAttributes(tls),
    ['policy_context', context],
    ['compatibility_level', settings.compatibility_level],
    ['mail_version', settings.mail_version],
  ];
}

function tlsAttributes(tls: SessionTls | undefined): (readonly [string, string])[] {
  const { certificate } = tls ?? {};
  // A name counts only where someone stands for it.
  const trusted = tls?.trusted ? certificate : undefined;
  return [
    ['ccert_subject', trusted ? encodeXtext(subjectName(trusted)) : ''],
    ['ccert_issuer', trusted ? encodeXtext(issuerName(trusted)) : ''],
    ['ccert_fingerprint', tls?.fingerprints[0] ?? ''],
    ['ccert_pubkey_fingerprint', tls?.fingerprints[1] ?? ''],
    ['encryption_protocol', tls?.protocol ?? ''],
    ['encryption_cipher', tls?.cipher ?? ''],
    ['encryption_keysize', String(tls ? cipherBits(tls.cipher)[0] : 0)],
  ];
}
