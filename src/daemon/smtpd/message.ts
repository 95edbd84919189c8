/** smtpd/message - hands the transaction to cleanup(8): the envelope, and the words of Received:. */
import type { CleanupSession } from '../../lib/ipc/conversation/cleanup.js';
import { quoteAddress } from '../../lib/protocol/address/quote.js';
import type { SessionControl } from './control.js';
import type { Transaction } from './state.js';

export function openCleanup(session: SessionControl, transaction: Transaction): CleanupSession {
  const { service, state } = session;
  const { settings, overrides } = service;
  const { client, helo, isEsmtp, login } = state;
  // RFC 3848: A for a client that has logged in, S for TLS; only ESMTP has them.
  const protocol = isEsmtp ? 'ESMTP' : 'SMTP';
  const shownProtocol = isEsmtp
    ? `${transaction.smtputf8 ? 'UTF8SMTP' : 'ESMTP'}${state.tls ? 'S' : ''}${login ? 'A' : ''}`
    : 'SMTP';
  const authenticated =
    login && settings.smtpd_sasl_authenticated_header
      ? `\t(Authenticated sender: ${login.user})\n`
      : '';
  const { actions } = transaction;
  return service.cleanup.open(
    {
      sender: transaction.sender,
      arrival: transaction.arrival,
      client: {
        name: client.name,
        reverseName: client.reverseName,
        address: client.address,
        port: client.port,
        helo,
        protocol,
        ...(login ? { saslMethod: login.method, saslUsername: login.user } : {}),
        ...(transaction.saslSender === undefined ? {} : { saslSender: transaction.saslSender }),
      },
      bodyType: transaction.bodyType,
      smtputf8: transaction.smtputf8,
      dsnRet: transaction.dsnRet,
      dsnEnvid: transaction.dsnEnvid,
      contentFilter: actions.filter || settings.content_filter,
      redirectTo: actions.redirect,
      kind: 'mail',
    },
    {
      overrides: {
        noAddressMappings: overrides.has('no_address_mappings'),
        noHeaderBodyChecks: overrides.has('no_header_body_checks'),
        noUnknownRecipientChecks: overrides.has('no_unknown_recipient_checks'),
        noMilters: overrides.has('no_milters'),
      },
      localRewrite: transaction.isLocalClient,
      extractRecipients: false,
      received: (queueId, recipient) =>
        `from ${helo || 'unknown'} (${client.name} [${client.address.includes(':') ? `IPv6:${client.address}` : client.address}])\n` +
        (state.tls?.received ?? '') +
        authenticated +
        `\tby ${settings.myhostname} (${settings.mail_name}) with ${shownProtocol} id ${queueId}` +
        (recipient === undefined ? '\n\t' : `\n\tfor <${quoteAddress(recipient)}>`),
      prepend: actions.prepend,
      hold: actions.hold !== '',
      discard: actions.discard !== '',
      milters: state.milters?.session ?? 'none',
    },
  );
}
