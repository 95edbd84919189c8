/** restriction/relay - who may send where: networks and destinations. Postfix: smtpd_check.c. */
import { addressValue } from '../../../lib/util/net-address.js';
import {
  about,
  type Check,
  codeReply,
  dunno,
  permit,
  reject,
  routeOf,
  type Verdict,
} from './check.js';

export async function permitMynetworks({ core, state }: Check): Promise<Verdict> {
  return (await core.mynetworks.match(state.client.address)) ? permit : dunno;
}

export function permitInetInterfaces({ core, state }: Check): Verdict {
  const address = addressValue(state.client.address);
  const isOwn = address && core.ownAddresses.has(`${address.family} ${address.value}`);
  return isOwn ? permit : dunno;
}

/** The final destination is here, or a domain that we relay for, and the address routes no further. */
async function isAuthorized(check: Check): Promise<boolean> {
  const { recipient, core } = check;
  if (recipient === undefined || recipient === '') return true;
  const route = await routeOf(check, recipient);
  // user%elsewhere@us, elsewhere!user@us, "user@elsewhere"@us: the mail would go on to another place, here or at the
  // next server, also where we would not act on % and ! ourselves.
  if (!route || (route.routed === true && !core.settings.allow_untrusted_routing)) return false;
  return route.addressClass !== 'default';
}

export async function rejectUnauthDestination(check: Check): Promise<Verdict> {
  if (await isAuthorized(check)) return dunno;
  const { relay_domains_reject_code: code } = check.core.settings;
  return reject(codeReply(code, '5.7.1', about(check.recipient ?? '', 'Relay access denied')));
}

export async function deferUnauthDestination(check: Check): Promise<Verdict> {
  if (await isAuthorized(check)) return dunno;
  return reject(codeReply(454, '4.7.1', about(check.recipient ?? '', 'Relay access denied')));
}

export async function permitAuthDestination(check: Check): Promise<Verdict> {
  return (await isAuthorized(check)) ? permit : dunno;
}
