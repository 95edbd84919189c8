/** command/mail - MAIL FROM: the transaction begins. RFC 5321 section 4.1.1.2. */
import { parsePath } from '../../../lib/protocol/address/path.js';
import { splitAddress } from '../../../lib/protocol/address/quote.js';
import { isDomainName, literalAddress } from '../../../lib/util/mail-domain.js';
import { decide } from '../decide.js';
import { parseMailParameters } from '../esmtp-parameters.js';
import { replies } from '../replies.js';
import { clientLabel, noActions } from '../state.js';
import type { Command } from './command.js';
import { offers } from './hello.js';
import { hasRoom } from './space.js';

export const mail: Command = async (session, argument) => {
  const { service, state } = session;
  const { settings, log, anvil, clock } = service;
  if (settings.smtpd_helo_required && state.helo === '') return replies.needHelo;
  if (state.bdatBroken || state.transaction?.bdat) return replies.mailAfterBdat;
  if (state.transaction) return replies.nestedMail;
  const match = /^FROM\s*:\s*(.+)$/is.exec(argument);
  if (!match) return replies.mailSyntax;
  const path = parsePath(match[1] ?? '');
  if (
    path.is === 'bad' ||
    hasBadDomain(path.address) ||
    (settings.strict_rfc821_envelopes && !path.hadBrackets) ||
    isBadSender(path.address)
  ) {
    log.warning(
      `Illegal address syntax from ${clientLabel(state.client)} in MAIL command: ${match[1] ?? ''}`,
    );
    return replies.badSender;
  }
  const parameters = parseMailParameters(path.rest, {
    size: offers(service, 'SIZE'),
    body: offers(service, '8BITMIME'),
    dsn: offers(service, 'DSN'),
    smtputf8: offers(service, 'SMTPUTF8'),
  });
  if ('code' in parameters) return parameters;
  if (hasEightBit(path.address) && !parameters.smtputf8) {
    return settings.smtputf8_enable
      ? { code: 553, enhanced: '5.6.7', lines: ['Must declare SMTPUTF8 to send unicode address'] }
      : replies.badSender;
  }
  if (settings.message_size_limit > 0 && parameters.size > settings.message_size_limit)
    return replies.tooBig;
  if (!(await hasRoom(settings, parameters.size))) return replies.insufficientStorage;
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
    sender: path.address,
    recipients: [],
    arrival: clock.now(),
    isLocalClient: (await service.localHeaderClients?.match(state.client.address)) ?? false,
    actions: noActions(),
    bdat: false,
    size: 0,
  };
  if (!settings.smtpd_delay_reject) {
    const refused = await decide(session, { stage: 'sender', list: 'smtpd_sender_restrictions' });
    if (refused) {
      state.transaction = undefined;
      return refused;
    }
  }
  return replies.senderOk;
};

const controls = /[\x00-\x1f\x7f]/;

function isBadSender(address: string): boolean {
  return controls.test(address) || address.endsWith('@') || address.startsWith('@');
}

export function hasEightBit(address: string): boolean {
  return /[^\x00-\x7f]/.test(address);
}

/** A domain that no address can have: `a@.example`, `a@b..example`, `a@-x`. */
export function hasBadDomain(address: string): boolean {
  const { domain } = splitAddress(address);
  if (domain === undefined) return false;
  return !(isDomainName(domain.replace(/\.$/, '')) || literalAddress(domain) !== undefined);
}
