/**
 * command/auth - AUTH: the client says who it is. RFC 4954.
 *
 * The exchange itself is lib/auth's; here are its place in the session, its limits and its words in reply and log.
 * Postfix: smtpd_sasl_proto.c, smtpd_sasl_glue.c.
 */
import type { Step } from '../../../lib/auth/exchange.js';
import type { SaslContext } from '../../../lib/auth/sasl-server.js';
import { type Reply, reply } from '../../../lib/protocol/smtp/reply.js';
import type { SessionControl } from '../control.js';
import { replies } from '../replies.js';
import { clientLabel } from '../state.js';
import type { Command } from './command.js';

export const auth: Command = async (session, argument) => {
  const { service, state } = session;
  const { settings } = service;
  if (settings.smtpd_helo_required && state.helo === '') return replies.needHelo;
  if (!service.sasl || isHidden(session)) return replies.authNotEnabled;
  if (state.transaction) return replies.authInTransaction;
  if (state.login) return replies.alreadyAuthenticated;
  const words = argument.split(/[ \t]+/).filter(Boolean);
  const [mechanism, initial] = words;
  if (mechanism === undefined || words.length > 2) return replies.authSyntax;
  const refused = await overLimit(session);
  if (refused) return refused;
  const exchange = await service.sasl.start(mechanism, initial, contextOf(session));
  state.exchange = exchange;
  return answer(session, exchange.first);
};

/** A line of the client after a 334. */
export async function authResponse(
  session: SessionControl,
  line: string,
  isTooLong: boolean,
): Promise<Reply> {
  const { service, state } = session;
  const { exchange } = state;
  if (!exchange) return replies.badSyntax;
  const label = clientLabel(state.client);
  if (isTooLong) {
    const { smtpd_sasl_response_limit: limit } = service.settings;
    service.log.warning(`${label}: request longer than ${limit}: ${line.slice(0, 30)}...`);
    giveUp(session);
    return replies.authTooLong;
  }
  if (line === '*') {
    service.log.warning(`${label}: SASL ${exchange.mechanism} authentication aborted`);
    giveUp(session);
    return replies.authAborted;
  }
  return answer(session, await exchange.step(line));
}

/** The lines of EHLO: what may be used now. */
export async function authLines(session: SessionControl): Promise<string[]> {
  const { service, state } = session;
  if (!service.sasl || isHidden(session)) return [];
  if (await service.saslExceptions?.match(state.client.address)) return [];
  const names = (await service.sasl.mechanisms(contextOf(session))).join(' ');
  if (names === '') return [];
  // Old programs of Microsoft know AUTH by a draft of RFC 2554.
  return service.settings.broken_sasl_auth_clients
    ? [`AUTH ${names}`, `AUTH=${names}`]
    : [`AUTH ${names}`];
}

/** Not to be used here and now, as though it were switched off. */
function isHidden({ service, state }: SessionControl): boolean {
  const needsTls = service.tls.settings.authOnly && !state.tls;
  return needsTls || state.hiddenKeywords.has('AUTH');
}

function contextOf({ state }: SessionControl): SaslContext {
  const { client } = state;
  return {
    tls: state.tls,
    clientAddress: client.address,
    clientPort: client.port,
    serverAddress: client.serverAddress,
    serverPort: client.serverPort,
    helo: state.helo,
  };
}

/** smtpd_client_auth_rate_limit counts all, smtpd_client_auth_failure_limit those that failed. */
async function overLimit({ service, state }: SessionControl): Promise<Reply | undefined> {
  const { settings, anvil, log } = service;
  const { address } = state.client;
  const rate = anvil.auth(service.service, address);
  const failures = anvil.authFailure(service.service, address, 0);
  const tooMany = (count: number, limit: number): boolean => limit > 0 && count > limit;
  const isRate = tooMany(rate, settings.smtpd_client_auth_rate_limit);
  const isFailures = tooMany(failures + 1, settings.smtpd_client_auth_failure_limit);
  if (!isRate && !isFailures) return undefined;
  if (await service.limitExceptions.match(address)) return undefined;
  const what = isRate
    ? `AUTH command rate limit exceeded: ${rate}`
    : `AUTH failure rate limit exceeded: ${failures}`;
  log.warning(`${what} from ${clientLabel(state.client)} for service ${service.service}`);
  return isRate ? replies.tooManyAuths(address) : replies.tooManyAuthFailures(address);
}

function answer(session: SessionControl, step: Step): Reply {
  const { service, state } = session;
  const { exchange } = state;
  if (step.is === 'challenge') return reply(334, '', step.data.toString('base64'));
  state.exchange = undefined;
  const method = exchange?.mechanism ?? '';
  if (step.is === 'done') {
    state.login = { method, user: step.user };
    return replies.authSucceeded;
  }
  const { log, anvil } = service;
  if (step.detail !== undefined) log.warning(`SASL authentication failure: ${step.detail}`);
  const user = (step.user ?? '(unavailable)').slice(0, 100);
  log.warning(
    `${clientLabel(state.client)}: SASL ${method.slice(0, 100)} authentication failed: ${step.reason}, sasl_username=${user}`,
  );
  if (step.isTemporary) return replies.authTrouble(step.reason);
  anvil.authFailure(service.service, state.client.address, 1);
  return replies.authFailed(step.reason);
}

function giveUp({ state }: SessionControl): void {
  state.exchange?.abort();
  state.exchange = undefined;
}
