/** restriction/names - checks of host names and domains: of the client, of HELO, of sender and recipient. */
import type { DnsAnswer } from '../../../lib/dns/resolver.js';
import { splitAddress } from '../../../lib/protocol/address/quote.js';
import { addressValue } from '../../../lib/util/net-address.js';
import {
  about,
  type Check,
  codeReply,
  deferIfPermit,
  dunno,
  reject,
  type Verdict,
} from './check.js';

const label = /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

/** Letters, digits, hyphens and dots; not all digits. */
function isValidHostname(name: string): boolean {
  if (name.length > 255 || /^[\d.]+$/.test(name)) return false;
  return name
    .replace(/\.$/, '')
    .split('.')
    .every((part) => label.test(part));
}

function isLiteral(name: string): boolean {
  return /^\[.*\]$/.test(name);
}

function isValidLiteral(name: string): boolean {
  return addressValue(name.slice(1, -1).replace(/^ipv6:/i, '')) !== undefined;
}

function isFullName(name: string): boolean {
  return isValidHostname(name) && name.replace(/\.$/, '').includes('.');
}

export function rejectInvalidHelo({ core, state }: Check): Verdict {
  const { helo } = state;
  const { invalid_hostname_reject_code: code } = core.settings;
  if (isLiteral(helo)) return isValidLiteral(helo) ? dunno : badLiteral(code, helo);
  if (helo === '' || isValidHostname(helo) || addressValue(helo) !== undefined) return dunno;
  return reject(codeReply(code, '5.5.2', about(helo, 'Helo command rejected: Invalid name')));
}

const badLiteral = (code: number, helo: string): Verdict =>
  reject(codeReply(code, '5.5.2', about(helo, 'Helo command rejected: invalid ip address')));

export function rejectNonFqdnHelo({ core, state }: Check): Verdict {
  const { helo } = state;
  const { non_fqdn_reject_code: code } = core.settings;
  if (isLiteral(helo)) {
    const { invalid_hostname_reject_code: literalCode } = core.settings;
    return isValidLiteral(helo) ? dunno : badLiteral(literalCode, helo);
  }
  if (helo === '' || isFullName(helo)) return dunno;
  return reject(
    codeReply(code, '5.5.2', about(helo, 'Helo command rejected: need fully-qualified hostname')),
  );
}

export async function rejectUnknownHelo(check: Check): Promise<Verdict> {
  const { helo } = check.state;
  if (helo === '' || isLiteral(helo)) return rejectInvalidHelo(check);
  const found = await hasMailHost(check, helo, addressesFirst);
  if (found === 'yes') return dunno;
  const { unknown_hostname_reject_code: code, unknown_helo_hostname_tempfail_action: action } =
    check.core.settings;
  const text = about(helo, 'Helo command rejected: Host not found');
  if (found === 'try-again') return temporary(check, action, codeReply(450, '4.7.1', text));
  return reject(codeReply(code, '4.7.1', text));
}

export function rejectUnknownClient({ core, state }: Check): Verdict {
  if (state.client.nameStatus === 2) return dunno;
  const { unknown_client_reject_code: code } = core.settings;
  const text = `Client host rejected: cannot find your hostname, [${state.client.address}]`;
  return reject(
    state.client.nameStatus === 5
      ? codeReply(code, '4.7.25', text)
      : codeReply(450, '4.7.25', text),
  );
}

export function rejectUnknownReverseClient({ core, state }: Check): Verdict {
  if (state.client.reverseStatus === 2) return dunno;
  const { unknown_client_reject_code: code } = core.settings;
  const text = `Client host rejected: cannot find your reverse hostname, [${state.client.address}]`;
  return reject(
    state.client.reverseStatus === 5
      ? codeReply(code, '4.7.1', text)
      : codeReply(450, '4.7.1', text),
  );
}

export function rejectNonFqdnSender(check: Check): Verdict {
  return check.sender === undefined || check.sender === ''
    ? dunno
    : nonFqdn(check, check.sender, 'Sender', '5.5.2');
}

export function rejectNonFqdnRecipient(check: Check): Verdict {
  return check.recipient === undefined
    ? dunno
    : nonFqdn(check, check.recipient, 'Recipient', '5.5.2');
}

function nonFqdn({ core }: Check, address: string, what: string, enhanced: string): Verdict {
  const { local, domain } = splitAddress(address);
  if (domain === undefined && local.toLowerCase() === 'postmaster') return dunno;
  if (domain !== undefined && (isLiteral(domain) ? isValidLiteral(domain) : isFullName(domain)))
    return dunno;
  const { non_fqdn_reject_code: code } = core.settings;
  return reject(
    codeReply(
      code,
      enhanced,
      about(address, `${what} address rejected: need fully-qualified address`),
    ),
  );
}

export async function rejectUnknownSenderDomain(check: Check): Promise<Verdict> {
  if (check.sender === undefined || check.sender === '') return dunno;
  return unknownDomain(
    check,
    check.sender,
    'Sender',
    '4.1.8',
    check.core.settings.unknown_address_tempfail_action,
  );
}

export async function rejectUnknownRecipientDomain(check: Check): Promise<Verdict> {
  if (check.recipient === undefined) return dunno;
  return unknownDomain(
    check,
    check.recipient,
    'Recipient',
    '4.1.2',
    check.core.settings.unknown_address_tempfail_action,
  );
}

async function unknownDomain(
  check: Check,
  address: string,
  what: string,
  enhanced: string,
  action: string,
): Promise<Verdict> {
  const { domain } = splitAddress(address);
  if (domain === undefined || isLiteral(domain)) return dunno;
  if ((await check.core.classes.classOf(domain)) !== 'default') return dunno;
  const found = await hasMailHost(check, domain, exchangersFirst);
  if (found === 'yes') return dunno;
  if (found === 'null-mx') {
    const text = about(
      address,
      `${what} address rejected: Domain ${domain} does not accept mail (nullMX)`,
    );
    return reject(
      codeReply(what === 'Sender' ? 550 : 556, what === 'Sender' ? '5.7.27' : '5.1.10', text),
    );
  }
  const text = about(address, `${what} address rejected: Domain not found`);
  if (found === 'try-again') return temporary(check, action, codeReply(450, enhanced, text));
  return reject(codeReply(check.core.settings.unknown_address_reject_code, enhanced, text));
}

function temporary(check: Check, action: string, answer: Parameters<typeof reject>[0]): Verdict {
  return action === 'defer' ? reject(answer) : deferIfPermit(check, answer);
}

const addressesFirst = ['A', 'AAAA', 'MX'] as const;
const exchangersFirst = ['MX', 'A', 'AAAA'] as const;

/** MX, A or AAAA. What a filter of the administrator's leaves nothing of is not refused. */
async function hasMailHost(
  { core }: Check,
  name: string,
  order: typeof addressesFirst | typeof exchangersFirst,
): Promise<'yes' | 'no' | 'try-again' | 'null-mx'> {
  const answers: DnsAnswer[] = [];
  for (const type of order) {
    const answer = await core.resolver.query(name, type);
    answers.push(answer);
    if (answer.is !== 'found') continue;
    return type !== 'MX' || answer.records.some(({ value }) => value !== '') ? 'yes' : 'null-mx';
  }
  const passing = answers.filter((answer) => answer.is === 'try-again');
  if (passing.some(({ filtered }) => !filtered)) return 'try-again';
  const [filtered] = passing;
  if (!filtered) return 'no';
  const what = order === exchangersFirst ? 'MX or address' : 'address or MX';
  core.log.warning(`${name}: ${what} lookup error: ${filtered.reason}`);
  return 'yes';
}
