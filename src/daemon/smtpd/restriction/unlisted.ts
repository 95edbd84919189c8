/** restriction/unlisted - reject_unlisted_recipient and _sender: users that no table here knows. */
import { splitAddress } from '../../../lib/protocol/address/quote.js';
import { about, type Check, codeReply, dunno, reject, type Verdict } from './check.js';

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
  { core }: Check,
  address: string,
  what: string,
  enhanced: string,
): Promise<Verdict> {
  const { settings, classes, recipientMaps } = core;
  const { domain = settings.myhostname } = splitAddress(address);
  const unknown = await recipientMaps.unknownIn(address, await classes.classOf(domain));
  if (!unknown) return dunno;
  const table = settings.show_user_unknown_table_name ? ` in ${unknown.table}` : '';
  return reject(
    codeReply(
      settings[unknown.code],
      enhanced,
      about(address, `${what} address rejected: User unknown${table}`),
    ),
  );
}
