/** command/rcpt - RCPT TO: one more recipient, if every restriction lets it. RFC 5321 section 4.1.1.3. */
import { parsePath } from '../../../lib/protocol/address/path.js';
import { quoteAddress } from '../../../lib/protocol/address/quote.js';
import { type Reply, reply } from '../../../lib/protocol/smtp/reply.js';
import { LookupError } from '../../../lib/map/match-list.js';
import { openFilter } from '../before-queue/filter.js';
import { decide, type ListName, logReject } from '../decide.js';
import { parseRcptParameters } from '../esmtp-parameters.js';
import { beginMessage } from '../message.js';
import { replies } from '../replies.js';
import {
  type Check,
  RouteFailure,
  routeOf,
  type Stage,
  type Verdict,
} from '../restriction/check.js';
import { rejectUnlistedRecipient, rejectUnlistedSender } from '../restriction/unlisted.js';
import type { SessionControl } from '../control.js';
import { milterWords } from '../session-milters.js';
import { clientAndLogin, clientLabel, type Transaction } from '../state.js';
import type { Command } from './command.js';
import { firstWord, illegalAddress, needsSmtputf8, looksLikeOption } from './mail.js';
import { offers } from './hello.js';
import { originSuffix } from './xforward.js';

export const rcpt: Command = async (session, argument) => {
  const { service, state } = session;
  const { settings, log, anvil } = service;
  const { transaction } = state;
  if (!transaction) return replies.needMail;
  if (transaction.bdat) return replies.rcptAfterBdat;
  const match = /^TO:\s*(.+)$/is.exec(argument);
  if (!match) return replies.rcptSyntax;
  const path = parsePath(match[1] ?? '');
  if (path.is === 'unbalanced') return replies.badRecipient;
  const isBad =
    path.is === 'bad' ||
    (settings.strict_rfc821_envelopes && !(path.isStrict && !path.address.startsWith('@'))) ||
    (await isBadRecipient(session, path.address));
  if (path.is === 'bad' || isBad)
    return illegalAddress(session, 'RCPT', firstWord(match[1] ?? '', path), replies.badRecipient);
  const parameters = parseRcptParameters(path.rest, { dsn: offers(session, 'DSN') }, (text) =>
    log.warning(text),
  );
  if ('code' in parameters) return parameters;
  if (needsSmtputf8(settings, path.address, transaction.smtputf8)) return replies.needSmtputf8;
  if (transaction.recipients.length >= settings.smtpd_recipient_limit) {
    transaction.refusedRecipients += 1;
    return transaction.refusedRecipients <= settings.smtpd_recipient_overshoot_limit
      ? replies.recipientsFull
      : replies.tooManyRecipients;
  }
  const { smtpd_client_recipient_rate_limit: limit } = settings;
  const rate = anvil.recipient(service.service, state.client.address);
  if (limit > 0 && rate > limit && !(await service.limitExceptions.match(state.client.address))) {
    log.warning(
      `Recipient address rate limit exceeded: ${rate} from ${clientLabel(state.client)} for service ${service.service}`,
    );
    return replies.tooManyRecipientsByClient(state.client.address);
  }
  const refused = await checkRecipient(session, path.address, 'recipient');
  const words = milterWords(match[1] ?? '', path.rest);
  const filtered = await state.milters?.rcpt(path.address, words, refused);
  if (refused ?? filtered) return refused ?? filtered;
  if (state.transaction !== transaction) return replies.needMail; // the client left meanwhile
  if (settings.smtpd_proxy_filter !== '') {
    const answer = await askFilter(session, transaction, `RCPT ${argument}`);
    if (answer) return answer;
    transaction.recipients.push({ address: path.address, ...parameters });
    return replies.recipientOk;
  }
  transaction.recipients.push({ address: path.address, ...parameters });
  transaction.cleanup ??= beginMessage(session, transaction);
  transaction.cleanup.recipient({ ...parameters, address: path.address, original: path.address });
  return replies.recipientOk;
};

/** The filter before the queue hears of the message with its first recipient. A reply: it refuses. */
async function askFilter(
  session: SessionControl,
  transaction: Transaction,
  line: string,
): Promise<Reply | undefined> {
  if (!transaction.filter) {
    const filter = openFilter(session, transaction);
    const refused = await filter.mail(transaction.mailLine);
    if (refused) {
      await filter.abort();
      return refused;
    }
    transaction.filter = filter;
    const { log } = session.service;
    log.info(`NOQUEUE: client=${clientAndLogin(session.state)}${originSuffix(session)}`);
  }
  return transaction.filter.recipient(line);
}

const stages: readonly (readonly [stage: Stage, list: ListName])[] = [
  ['client', 'smtpd_client_restrictions'],
  ['helo', 'smtpd_helo_restrictions'],
  ['sender', 'smtpd_sender_restrictions'],
];

/**
 * What smtpd_*_restrictions and the tables of our users say of a recipient; VRFY asks the same.
 *
 * @param recipient as the client said it, internal form
 */
export async function checkRecipient(
  session: SessionControl,
  recipient: string,
  at: Stage,
): Promise<Reply | undefined> {
  session.state.deferIfPermit = undefined;
  // RFC 5321 section 4.5.1: mail to the postmaster, without a domain, is always taken.
  if (recipient.toLowerCase() === 'postmaster') return undefined;
  const refused =
    (await checkDelayed(session, recipient, at)) ?? (await checkLists(session, recipient, at));
  if (refused) return refused;
  const unlisted = await checkListed(session, recipient, at);
  if (unlisted) return unlisted;
  const deferred = deferral(session);
  if (deferred) logReject(session, deferred, at, { recipient });
  return deferred;
}

/** The lists of client, HELO and sender, which smtpd_delay_reject put off until now. */
export async function checkDelayed(
  session: SessionControl,
  recipient: string | undefined,
  at: Stage,
): Promise<Reply | undefined> {
  const { settings } = session.service;
  if (!settings.smtpd_delay_reject) return undefined;
  const who = recipient === undefined ? {} : { recipient };
  for (const [stage, list] of stages) {
    if (settings[list] === '') continue;
    const refused = await decide(session, { stage, list, ...who }, at);
    if (refused) return refused;
  }
  return undefined;
}

async function checkLists(
  session: SessionControl,
  recipient: string,
  at: Stage,
): Promise<Reply | undefined> {
  const { settings, log, relayOrderIsOld } = session.service;
  const relayFirst = settings.smtpd_relay_before_recipient_restrictions;
  const relay: readonly [Stage, ListName] = ['relay', 'smtpd_relay_restrictions'];
  const own: readonly [Stage, ListName] = ['recipient', 'smtpd_recipient_restrictions'];
  for (const [stage, list] of relayFirst ? [relay, own] : [own, relay]) {
    if (settings[list] === '') continue;
    const refused = await decide(session, { stage, list, recipient }, at);
    if (!refused) continue;
    if (stage === 'recipient' && relayOrderIsOld) {
      const client = clientLabel(session.state.client);
      log.info(
        `using backwards-compatible default setting smtpd_relay_before_recipient_restrictions=no to reject recipient "${recipient}" from client "${client}"`,
      );
    }
    return refused;
  }
  return undefined;
}

/** What defer_if_permit, or a look-up in trouble, left behind: it counts now that everything permits. */
function deferral({ state }: SessionControl): Reply | undefined {
  return state.deferIfPermit;
}

async function checkListed(
  session: SessionControl,
  recipient: string,
  at: Stage,
): Promise<Reply | undefined> {
  const { service, state } = session;
  const { settings } = service;
  const sender = state.transaction?.sender;
  const check: Check = {
    core: service.checks,
    state,
    stage: 'recipient',
    at,
    sender,
    recipient,
    actions: state.sessionActions,
    deferIfPermit: undefined,
    deferIfReject: undefined,
  };
  const verdict =
    (settings.smtpd_reject_unlisted_recipient &&
      (await refusal(check, recipient, rejectUnlistedRecipient))) ||
    (settings.smtpd_reject_unlisted_sender &&
      (await refusal(check, sender ?? '', rejectUnlistedSender)));
  if (!verdict) return undefined;
  logReject(session, verdict, at, { recipient });
  return verdict;
}

/** A table in trouble: try again later. */
async function refusal(
  check: Check,
  address: string,
  ask: (check: Check) => Promise<Verdict>,
): Promise<Reply | undefined> {
  try {
    const verdict = await ask(check);
    return verdict.is === 'reject' ? verdict.reply : undefined;
  } catch (error) {
    if (error instanceof LookupError) check.core.log.warning(error.message);
    else if (!(error instanceof RouteFailure)) throw error;
    return reply(451, '4.3.0', `<${address}>: Temporary lookup failure`);
  }
}

const controls = /[\x00-\x1f\x7f]/;

export async function isBadRecipient(session: SessionControl, address: string): Promise<boolean> {
  if (address === '' || controls.test(address) || address.endsWith('@')) return true;
  if (quoteAddress(address).length > 1024) return true;
  const { service, state } = session;
  if (looksLikeOption(address, service.settings)) return true;
  state.routes.clear();
  const asked = { core: service.checks, state, sender: state.transaction?.sender };
  try {
    return (await routeOf(asked, address)) === undefined;
  } catch (error) {
    if (error instanceof RouteFailure) return false; // the restrictions will say so
    throw error;
  }
}
