/** command/others - RSET, NOOP, QUIT, VRFY, ETRN. RFC 5321 sections 4.1.1.5 to 4.1.1.10, RFC 1985. */
import { parsePath } from '../../../lib/protocol/address/path.js';
import { reply } from '../../../lib/protocol/smtp/reply.js';
import { isDomainName } from '../../../lib/util/mail-domain.js';
import { addressValue } from '../../../lib/util/net-address.js';
import { decide } from '../decide.js';
import { replies } from '../replies.js';
import { clientLabel } from '../state.js';
import type { Command } from './command.js';
import { illegalAddress } from './mail.js';
import { checkDelayed, checkRecipient, isBadRecipient } from './rcpt.js';

export const rset: Command = async (session, argument) => {
  if (argument.trim() !== '') return replies.rsetSyntax;
  await session.abortTransaction();
  return replies.ok;
};

export const noop: Command = () => replies.ok;

export const quit: Command = (session) => {
  session.hangUp();
  return replies.bye;
};

export const vrfy: Command = async (session, argument) => {
  const { settings } = session.service;
  if (settings.disable_vrfy_command) return replies.vrfyDisabled;
  const text = argument.trim();
  if (text === '') return settings.smtputf8_enable ? replies.vrfyUtf8Syntax : replies.vrfySyntax;
  const path = parsePath(text);
  if (path.is === 'unbalanced') return replies.badRecipient;
  const isAlone =
    path.is === 'path' &&
    (path.rest === '' || (settings.smtputf8_enable && /^smtputf8$/i.test(path.rest)));
  if (path.is === 'bad' || !isAlone || (await isBadRecipient(session, path.address)))
    return illegalAddress(session, 'VRFY', text, replies.badRecipient);
  return (await checkRecipient(session, path.address, 'vrfy')) ?? reply(252, '2.0.0', text);
};

export const etrn: Command = async (session, argument) => {
  const { service, state } = session;
  if (state.helo === '' && service.settings.smtpd_helo_required) return replies.needHeloEtrn;
  if (state.transaction) return replies.etrnInTransaction;
  const words = argument.trim().split(/\s+/);
  const site = (words[0] ?? '').replace(/^[@#]/, '');
  if (words.length !== 1 || site === '') return replies.etrnSyntax;
  if (!isDomainName(site) && !isAddressLiteral(site)) return replies.etrnBadName;
  const refused =
    (await checkDelayed(session, undefined, 'etrn')) ??
    (await decide(session, { stage: 'etrn', list: 'smtpd_etrn_restrictions', site }));
  if (refused) return refused;
  if (!(await service.fastFlushDomains.match(site))) {
    service.log.warning(`reject: ETRN ${site}... from ${clientLabel(state.client)}`);
    return replies.etrnUnavailable(site);
  }
  service.queueManager.flushSite(site);
  return replies.etrnStarted;
};

/** `[192.0.2.1]`, `[IPv6:2001:db8::1]`. RFC 5321 section 4.1.3. */
function isAddressLiteral(site: string): boolean {
  const [, address = ''] = /^\[(?:IPv6:)?([^\]]+)\]$/i.exec(site) ?? [];
  return addressValue(address) !== undefined;
}
