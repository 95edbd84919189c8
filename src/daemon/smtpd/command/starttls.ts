/** command/starttls - the session goes on under TLS. RFC 3207. */
import { clientLabel } from '../state.js';
import { replies } from '../replies.js';
import type { Command } from './command.js';

export const starttls: Command = async (session, argument) => {
  const { service, state } = session;
  const { tls, settings, anvil, log } = service;
  if (argument.trim() !== '') return replies.starttlsSyntax;
  if (state.tls) return replies.tlsActive;
  if (!tls.settings.enabled || state.hiddenKeywords.has('STARTTLS')) return replies.notImplemented;
  if (!tls.context) return replies.tlsUnavailable;
  const { smtpd_client_new_tls_session_rate_limit: limit } = settings;
  const { address } = state.client;
  // The handshake is what costs: who had too many gets no further one.
  const rate = limit > 0 ? anvil.tlsSessionRate(service.service, address) : 0;
  if (rate > limit && !(await service.limitExceptions.match(address))) {
    log.warning(
      `Refusing STARTTLS request from ${clientLabel(state.client)} for service ${service.service}`,
    );
    return replies.noMoreTlsSessions(address);
  }
  session.startTls();
  return replies.startTls;
};
