/** restriction/unlisted - reject_unlisted_recipient and _sender: users that no table here knows, or that error: refuses. */
import { about, type Check, codeReply, dunno, reject, routeOf, type Verdict } from './check.js';

export async function rejectUnlistedRecipient(check: Check): Promise<Verdict> {
  return check.recipient === undefined
    ? dunno
    : unlisted(check, check.recipient, 'Recipient', '5.1.1');
}

export async function rejectUnlistedSender(check: Check): Promise<Verdict> {
  return check.sender === undefined || check.sender === ''
    ? dunno
    : unlisted(check, check.sender, 'Sender', '5.1.0');
}

async function unlisted(
  check: Check,
  address: string,
  what: string,
  enhanced: string,
): Promise<Verdict> {
  const { settings, recipientMaps } = check.core;
  const route = await routeOf(check, address);
  if (!route) return dunno;
  const unknown = await recipientMaps.unknownIn(route);
  if (!unknown) return dunno;
  if ('refusal' in unknown) {
    const own = /^([245]\.\d{1,3}\.\d{1,3})\s+(.*)$/s.exec(unknown.refusal);
    const text = about(address, `${what} address rejected: ${own?.[2] ?? unknown.refusal}`);
    return reject(codeReply(unknown.code, own?.[1] ?? enhanced, text));
  }
  const table = settings.show_user_unknown_table_name ? ` in ${unknown.table}` : '';
  return reject(
    codeReply(
      settings[unknown.code],
      enhanced,
      about(address, `${what} address rejected: User unknown${table}`),
    ),
  );
}
