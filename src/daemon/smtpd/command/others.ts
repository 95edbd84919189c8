/** command/others - RSET, NOOP, QUIT, VRFY, ETRN. RFC 5321 sections 4.1.1.5 to 4.1.1.10, RFC 1985. */
import { parsePath } from '../../../lib/protocol/address/path.js';
import { reply } from '../../../lib/protocol/smtp/reply.js';
import { decide, logReject } from '../decide.js';
import { replies } from '../replies.js';
import { rejectUnlistedRecipient } from '../restriction/unlisted.js';
import { clientLabel } from '../state.js';
import type { Command } from './command.js';

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
  const { service, state } = session;
  const { settings } = service;
  if (settings.disable_vrfy_command) return replies.vrfyDisabled;
  if (argument.trim() === '')
    return settings.smtputf8_enable ? replies.vrfyUtf8Syntax : replies.vrfySyntax;
  const path = parsePath(argument);
  if (path.is === 'bad' || path.address === '') return replies.badRecipient;
  const address = service.rewrite.rewrite(path.address, 'local');
  if (settings.smtpd_reject_unlisted_recipient) {
    const verdict = await rejectUnlistedRecipient({
      core: service.checks,
      state,
      stage: 'vrfy',
      sender: undefined,
      recipient: address,
      actions: state.sessionActions,
      deferIfPermit: undefined,
      deferIfReject: undefined,
    });
    if (verdict.is === 'reject') {
      const lines = verdict.reply.lines.map((line) =>
        line.replace(`<${address}>`, `<${path.address}>`),
      );
      const answer = { ...verdict.reply, lines };
      logReject(session, answer, 'vrfy', path.address);
      return answer;
    }
  }
  return reply(252, '2.0.0', argument.trim());
};

const siteName = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;

export const etrn: Command = async (session, argument) => {
  const { service, state } = session;
  if (state.helo === '' && service.settings.smtpd_helo_required) return replies.needHeloEtrn;
  if (state.transaction) return replies.etrnInTransaction;
  const words = argument.trim().split(/\s+/);
  const site = (words[0] ?? '').replace(/^[@#]/, '');
  if (words.length !== 1 || site === '' || !siteName.test(site)) return replies.etrnSyntax;
  const refused = await decide(session, { stage: 'etrn', list: 'smtpd_etrn_restrictions', site });
  if (refused) return refused;
  if (!(await service.fastFlushDomains.match(site))) {
    service.log.warning(`reject: ETRN ${site}... from ${clientLabel(state.client)}`);
    return replies.etrnUnavailable(site);
  }
  service.queueManager.flushSite(site);
  return replies.etrnStarted;
};
