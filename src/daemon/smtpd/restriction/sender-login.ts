/**
 * restriction/sender-login - who may use which sender address: smtpd_sender_login_maps names the owners of each.
 *
 * Logins are compared as they are logged, realm included. The null sender belongs to nobody. Postfix: smtpd_check.c.
 */
import { splitList } from '../../../lib/util/list.js';
import { about, type Check, codeReply, dunno, reject, type Verdict } from './check.js';

/** Undefined: the address has no owner. @throws {LookupError} */
async function ownersOf({ core, sender = '' }: Check): Promise<readonly string[] | undefined> {
  const owners = await core.senderLogins.find(core.rewrite.rewrite(sender, 'local'));
  return owners === undefined ? undefined : splitList(owners);
}

const refuse = (sender: string, why: string): Verdict =>
  reject(codeReply(553, '5.7.1', about(sender, `Sender address rejected: ${why}`)));

async function checkLoggedIn(check: Check, onlyOwned: boolean): Promise<Verdict> {
  const { state, sender = '' } = check;
  if (sender === '' || !state.login) return dunno;
  const owners = await ownersOf(check);
  if (owners === undefined && onlyOwned) return dunno;
  const { user } = state.login;
  const isOwner = owners?.some((owner) => owner.toLowerCase() === user.toLowerCase()) ?? false;
  return isOwner ? dunno : refuse(sender, `not owned by user ${user}`);
}

async function checkStranger(check: Check): Promise<Verdict> {
  const { state, sender = '' } = check;
  if (sender === '' || state.login) return dunno;
  return (await ownersOf(check)) === undefined ? dunno : refuse(sender, 'not logged in');
}

export async function rejectSenderLoginMismatch(check: Check): Promise<Verdict> {
  return check.state.login ? checkLoggedIn(check, false) : checkStranger(check);
}

export async function rejectKnownSenderLoginMismatch(check: Check): Promise<Verdict> {
  return check.state.login ? checkLoggedIn(check, true) : checkStranger(check);
}

export async function rejectAuthenticatedSenderLoginMismatch(check: Check): Promise<Verdict> {
  return checkLoggedIn(check, false);
}

export async function rejectUnauthenticatedSenderLoginMismatch(check: Check): Promise<Verdict> {
  return checkStranger(check);
}
