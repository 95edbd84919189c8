/** smtpd/message - hands the transaction to cleanup(8): the envelope, and the words of Received:. */
import type { CleanupSession } from '../../lib/ipc/conversation/cleanup.js';
import { quoteAddress } from '../../lib/protocol/address/quote.js';
import { originalClient, originSuffix } from './command/xforward.js';
import type { SessionControl } from './control.js';
import { clientAndLogin, type Transaction } from './state.js';

/** The message gets its queue id, and the log its client. */
export function beginMessage(session: SessionControl, transaction: Transaction): CleanupSession {
  const cleanup = openCleanup(session, transaction);
  const client = clientAndLogin(session.state);
  session.service.log.info(`${cleanup.queueId}: client=${client}${originSuffix(session)}`);
  return cleanup;
}

function openCleanup(session: SessionControl, transaction: Transaction): CleanupSession {
  const { service, state } = session;
  const { settings, overrides } = service;
  const { client, helo, isEsmtp, login } = state;
  const protocol = isEsmtp ? 'ESMTP' : 'SMTP';
  const { actions } = transaction;
  return service.cleanup.open(
    {
      sender: transaction.sender,
      arrival: transaction.arrival,
      client: {
        ...originalClient(transaction.forwarded, client, { helo, protocol }),
        ...(transaction.forwarded?.ident ? { ident: transaction.forwarded.ident } : {}),
        ...(login ? { saslMethod: login.method, saslUsername: login.user } : {}),
        ...(transaction.saslSender === undefined ? {} : { saslSender: transaction.saslSender }),
      },
      bodyType: transaction.bodyType,
      ...(transaction.verp === undefined ? {} : { verp: transaction.verp }),
      smtputf8: transaction.smtputf8,
      dsnRet: transaction.dsnRet,
      dsnEnvid: transaction.dsnEnvid,
      contentFilter: settings.content_filter,
      redirectTo: '',
      ...(transaction.isLocalClient ? { isLocal: true } : {}),
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
      received: (queueId, recipient) => receivedText(session, transaction, queueId, recipient),
      prepend: actions.prepend,
      milters: state.milters?.session ?? 'none',
    },
  );
}

/** Tells cleanup what restrictions have decided since it was last told: at DATA, and at the end of the message. */
export function tellDecisions({ cleanup, actions, told }: Transaction): void {
  const { filter, redirect, bcc } = actions;
  cleanup?.decide({
    hold: actions.hold !== '',
    discard: actions.discard !== '',
    // A header check may have named another filter meanwhile.
    ...(filter === told.filter ? {} : { contentFilter: filter }),
    ...(redirect === told.redirect ? {} : { redirectTo: redirect }),
    bcc: bcc.slice(told.bcc.length),
  });
  Object.assign(told, { filter, redirect, bcc: [...bcc] });
}

/** What stands behind `Received: `, without the date; see CleanupOptions.received. */
export function receivedText(
  { service, state }: Pick<SessionControl, 'service' | 'state'>,
  transaction: Transaction,
  queueId: string | undefined,
  recipient: string | undefined,
): string {
  const { settings } = service;
  const { client, helo, isEsmtp, login } = state;
  const by = `by ${settings.myhostname} (${settings.mail_name})`;
  const forOne = recipient === undefined ? '\n\t' : `\n\tfor <${quoteAddress(recipient)}>`;
  if (settings.smtpd_hide_client_session)
    return `${by}${queueId === undefined ? '' : ` id ${queueId}`}${forOne}`;
  // RFC 3848: A for a client that has logged in, S for TLS; only ESMTP has them.
  const shownProtocol = isEsmtp
    ? `${transaction.smtputf8 ? 'UTF8SMTP' : 'ESMTP'}${state.tls ? 'S' : ''}${login ? 'A' : ''}`
    : 'SMTP';
  const authenticated =
    login && settings.smtpd_sasl_authenticated_header
      ? `\t(Authenticated sender: ${login.user})\n`
      : '';
  return (
    `from ${helo || client.name} (${client.name} [${client.address.includes(':') ? `IPv6:${client.address}` : client.address}])\n` +
    (state.tls?.received ?? '') +
    authenticated +
    `\t${by} with ${shownProtocol}` +
    (queueId === undefined ? '' : ` id ${queueId}`) +
    forOne
  );
}
