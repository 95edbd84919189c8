/** command/rcpt - RCPT TO: one more recipient, if every restriction lets it. RFC 5321 section 4.1.1.3. */
import { parsePath } from '../../../lib/protocol/address/path.js';
import { quoteAddress, splitAddress } from '../../../lib/protocol/address/quote.js';
import type { Reply } from '../../../lib/protocol/smtp/reply.js';
import { decide, type ListName, logReject } from '../decide.js';
import { parseRcptParameters } from '../esmtp-parameters.js';
import { openCleanup } from '../message.js';
import { replies } from '../replies.js';
import type { Check, Stage } from '../restriction/check.js';
import { rejectUnlistedRecipient, rejectUnlistedSender } from '../restriction/unlisted.js';
import type { SessionControl } from '../control.js';
import { clientAndLogin, clientLabel } from '../state.js';
import type { Command } from './command.js';
import { hasBadDomain, hasEightBit } from './mail.js';
import { offers } from './hello.js';

export const rcpt: Command = async (session, argument) => {
  const { service, state } = session;
  const { settings, log, anvil } = service;
  const { transaction } = state;
  if (!transaction) return replies.needMail;
  if (transaction.bdat) return replies.rcptAfterBdat;
  const match = /^TO\s*:\s*(.+)$/is.exec(argument);
  if (!match) return replies.rcptSyntax;
  const path = parsePath(match[1] ?? '');
  if (
    path.is === 'bad' ||
    isBadRecipient(path.address) ||
    (settings.strict_rfc821_envelopes && !path.hadBrackets)
  ) {
    log.warning(
      `Illegal address syntax from ${clientLabel(state.client)} in RCPT command: ${(match[1] ?? '').trim()}`,
    );
    return replies.badRecipient;
  }
  const parameters = parseRcptParameters(path.rest, {
    size: false,
    body: false,
    smtputf8: false,
    dsn: offers(service, 'DSN'),
  });
  if ('code' in parameters) return parameters;
  if (hasEightBit(path.address) && !transaction.smtputf8) return replies.badRecipient;
  if (transaction.recipients.length >= settings.smtpd_recipient_limit) {
    const isFar =
      transaction.recipients.length >=
      settings.smtpd_recipient_limit + settings.smtpd_recipient_overshoot_limit;
    if (!isFar) logReject(session, replies.tooManyRecipients, 'recipient', path.address);
    return replies.tooManyRecipients;
  }
  const { smtpd_client_recipient_rate_limit: limit } = settings;
  const rate = anvil.recipient(service.service, state.client.address);
  if (limit > 0 && rate > limit && !(await service.limitExceptions.match(state.client.address))) {
    log.warning(
      `Recipient address rate limit exceeded: ${rate} from ${clientLabel(state.client)} for service ${service.service}`,
    );
    return replies.tooManyRecipientsByClient(state.client.address);
  }
  const address = service.rewrite.rewrite(path.address, 'local');
  const refused = await checkRecipient(session, path.address, address);
  if (refused) return refused;
  if (state.transaction !== transaction) return replies.needMail; // the client left meanwhile
  transaction.recipients.push({ address: path.address, ...parameters });
  if (!transaction.cleanup) {
    transaction.cleanup = openCleanup(session, transaction);
    log.info(`${transaction.cleanup.queueId}: client=${clientAndLogin(state)}`);
  }
  transaction.cleanup.recipient({ ...parameters, address: path.address, original: path.address });
  return replies.recipientOk;
};

const stages: readonly (readonly [stage: Stage, list: ListName])[] = [
  ['client', 'smtpd_client_restrictions'],
  ['helo', 'smtpd_helo_restrictions'],
  ['sender', 'smtpd_sender_restrictions'],
];

/** @param given as the client said it: the postmaster needs no domain @param address completed */
async function checkRecipient(
  session: SessionControl,
  given: string,
  address: string,
): Promise<Reply | undefined> {
  const { service, state } = session;
  const { settings } = service;
  state.deferIfPermit = undefined;
  if (settings.smtpd_delay_reject) {
    for (const [stage, list] of stages) {
      if (settings[list] === '') continue;
      const refused = await decide(session, { stage, list, recipient: given }, 'recipient');
      if (refused) return refused;
    }
  }
  // RFC 5321 section 4.5.1: mail to the postmaster, without a domain, is always taken.
  const { local, domain } = splitAddress(given);
  if (domain === undefined && local.toLowerCase() === 'postmaster') return undefined;
  const relayFirst = settings.smtpd_relay_before_recipient_restrictions;
  const relay: readonly [Stage, ListName] = ['relay', 'smtpd_relay_restrictions'];
  const recipient: readonly [Stage, ListName] = ['recipient', 'smtpd_recipient_restrictions'];
  for (const [stage, list] of relayFirst ? [relay, recipient] : [recipient, relay]) {
    if (settings[list] === '') continue;
    const refused = await decide(
      session,
      { stage, list, recipient: showAddress(given, address) },
      'recipient',
    );
    if (refused) return refused;
  }
  const unlisted = await checkListed(session, given, address);
  if (unlisted) return unlisted;
  const deferred = deferral(session);
  if (deferred) logReject(session, deferred, 'recipient', given);
  return deferred;
}

/** What defer_if_permit, or a look-up in trouble, left behind: it counts now that everything permits. */
function deferral({ state }: SessionControl): Reply | undefined {
  return state.deferIfPermit;
}

/** Restrictions see the address with its domain; replies name it as the client did where it had one. */
function showAddress(given: string, address: string): string {
  return splitAddress(given).domain === undefined ? address : given;
}

async function checkListed(
  session: SessionControl,
  given: string,
  address: string,
): Promise<Reply | undefined> {
  const { service, state } = session;
  const base: Omit<Check, 'stage' | 'recipient' | 'sender'> = {
    core: service.checks,
    state,
    actions: state.sessionActions,
    deferIfPermit: undefined,
    deferIfReject: undefined,
  };
  if (service.settings.smtpd_reject_unlisted_recipient) {
    const verdict = await safely(() =>
      rejectUnlistedRecipient({
        ...base,
        stage: 'recipient',
        sender: undefined,
        recipient: address,
      }),
    );
    if (verdict.is === 'reject')
      return refuse(session, renamed(verdict.reply, address, given), given);
  }
  if (service.settings.smtpd_reject_unlisted_sender && state.transaction) {
    const sender = service.rewrite.rewrite(state.transaction.sender, 'local');
    const verdict = await safely(() =>
      rejectUnlistedSender({ ...base, stage: 'sender', sender, recipient: undefined }),
    );
    if (verdict.is === 'reject')
      return refuse(session, renamed(verdict.reply, sender, state.transaction.sender), given);
  }
  return undefined;
}

/** Replies name the address as the client said it. */
function renamed(answer: Reply, address: string, given: string): Reply {
  return {
    ...answer,
    lines: answer.lines.map((line) => line.replace(`<${address}>`, `<${given}>`)),
  };
}

function refuse(session: SessionControl, answer: Reply, given: string): Reply {
  logReject(session, answer, 'recipient', given);
  return answer;
}

/** A table in trouble: try again later. */
async function safely(
  check: () => ReturnType<typeof rejectUnlistedRecipient>,
): ReturnType<typeof rejectUnlistedRecipient> {
  try {
    return await check();
  } catch {
    return { is: 'reject', reply: replies.temporaryLookup };
  }
}

const controls = /[\x00-\x1f\x7f]/;

function isBadRecipient(address: string): boolean {
  return (
    address === '' ||
    controls.test(address) ||
    address.endsWith('@') ||
    address.startsWith('@') ||
    hasBadDomain(address) ||
    quoteAddress(address).length > 1024
  );
}
