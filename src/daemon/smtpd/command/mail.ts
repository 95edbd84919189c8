/** command/mail - MAIL FROM: the transaction begins. RFC 5321 section 4.1.1.2. */
import type { Settings } from '../../../lib/config/settings.js';
import { parsePath, type PathResult } from '../../../lib/protocol/address/path.js';
import { splitAddress } from '../../../lib/protocol/address/quote.js';
import type { Reply } from '../../../lib/protocol/smtp/reply.js';
import { isDomainName, literalAddress } from '../../../lib/util/mail-domain.js';
import type { SessionControl } from '../control.js';
import { decide, logReject } from '../decide.js';
import { parseMailParameters } from '../esmtp-parameters.js';
import { beginMessage } from '../message.js';
import { replies } from '../replies.js';
import { milterWords } from '../session-milters.js';
import { clientLabel, noActions } from '../state.js';
import type { Command } from './command.js';
import { offers } from './hello.js';
import { hasRoom } from './space.js';

export const mail: Command = async (session, argument) => {
  const { service, state } = session;
  const { settings, log, anvil, clock } = service;
  if (settings.smtpd_helo_required && state.helo === '') return replies.needHelo;
  if (state.transaction) return replies.nestedMail;
  if (state.bdatBroken) return replies.mailAfterBdat;
  const match = /^FROM:\s*(.+)$/is.exec(argument);
  if (!match) return replies.mailSyntax;
  const path = parsePath(match[1] ?? '');
  if (path.is === 'unbalanced') return replies.badSender;
  if (
    path.is === 'bad' ||
    (settings.strict_rfc821_envelopes && !(path.isStrict && !path.address.startsWith('@'))) ||
    isBadSender(path.address, settings)
  )
    return illegalAddress(session, 'MAIL', firstWord(match[1] ?? '', path), replies.badSender);
  const parameters = parseMailParameters(path.rest, {
    size: offers(session, 'SIZE'),
    body: offers(session, '8BITMIME'),
    dsn: offers(session, 'DSN'),
    smtputf8: offers(session, 'SMTPUTF8'),
    // Taken also where smtpd_discard_ehlo_keywords hides it, as in Postfix.
    verp: state.mayXverp
      ? { preset: settings.default_verp_delimiters, allowed: settings.verp_delimiter_filter }
      : undefined,
  });
  if ('code' in parameters) return parameters;
  if (parameters.verp !== undefined && path.address === '') return replies.verpWithoutSender;
  if (needsSmtputf8(settings, path.address, parameters.smtputf8)) return replies.needSmtputf8;
  const sender = path.address;
  if (settings.message_size_limit > 0 && parameters.size > settings.message_size_limit) {
    logReject(session, replies.tooBig, 'sender', { sender });
    return replies.tooBig;
  }
  if (!(await hasRoom(settings, parameters.size))) {
    logReject(session, replies.insufficientStorage, 'sender', { sender });
    return replies.insufficientStorage;
  }
  const { smtpd_client_message_rate_limit: limit } = settings;
  const rate = anvil.message(service.service, state.client.address);
  if (limit > 0 && rate > limit && !(await service.limitExceptions.match(state.client.address))) {
    log.warning(
      `Message delivery request rate limit exceeded: ${rate} from ${clientLabel(state.client)} for service ${service.service}`,
    );
    return replies.tooManyMessages(state.client.address);
  }
  state.transaction = {
    ...parameters,
    sender,
    recipients: [],
    refusedRecipients: 0,
    arrival: clock.now(),
    isLocalClient:
      state.forwarded?.isLocal ??
      (await service.localHeaderClients?.match(state.client.address)) ??
      false,
    declaredSize: parameters.size,
    forwarded: state.forwarded,
    mailLine: `MAIL ${argument}`,
    actions: noActions(),
    told: noActions(),
    bdat: false,
    size: 0,
    tail: 0,
    bareNewline: false,
  };
  if (!settings.smtpd_delay_reject) {
    const refused = await decide(session, { stage: 'sender', list: 'smtpd_sender_restrictions' });
    if (refused) {
      state.transaction = undefined;
      return refused;
    }
  }
  const filtered = await state.milters?.mail(path.address, milterWords(match[1] ?? '', path.rest));
  if (filtered) {
    state.transaction = undefined;
    return filtered;
  }
  if (!settings.smtpd_delay_open_until_valid_rcpt && settings.smtpd_proxy_filter === '')
    state.transaction.cleanup = beginMessage(session, state.transaction);
  state.forwarded = undefined;
  return replies.senderOk;
};

const controls = /[\x00-\x1f\x7f]/;

function isBadSender(address: string, settings: Settings): boolean {
  if (looksLikeOption(address, settings)) return true;
  return controls.test(address) || address.endsWith('@') || hasBadDomain(address);
}

/** A command that gets such an address as an argument would take it for an option. */
export function looksLikeOption(address: string, { allow_min_user }: Settings): boolean {
  return address.startsWith('-') && !allow_min_user;
}

/** Only strict_smtputf8 asks that the client says so first. */
export function needsSmtputf8(
  { smtputf8_enable, strict_smtputf8 }: Settings,
  address: string,
  declared: boolean,
): boolean {
  return smtputf8_enable && strict_smtputf8 && !declared && /[^\x00-\x7f]/.test(address);
}

/** The log tells of who sends such addresses. */
export function illegalAddress(
  { service, state }: SessionControl,
  verb: string,
  shown: string,
  answer: Reply,
): Reply {
  const label = clientLabel(state.client);
  service.log.warning(`Illegal address syntax from ${label} in ${verb} command: ${shown}`);
  return answer;
}

/** What stands where the address should, as the client wrote it. */
export function firstWord(text: string, path: Exclude<PathResult, { is: 'unbalanced' }>): string {
  if (path.is === 'bad') return path.word;
  return text.slice(0, text.length - path.rest.length).trim();
}

/** A domain that no address can have: `a@.example`, `a@b..example`, `a@-x`. */
export function hasBadDomain(address: string): boolean {
  const { domain } = splitAddress(address);
  if (domain === undefined) return false;
  if (domain.startsWith('['))
    return literalAddress(domain.endsWith(']') ? domain : `${domain}]`) === undefined;
  return !isDomainName(domain.replace(/\.$/, ''));
}
