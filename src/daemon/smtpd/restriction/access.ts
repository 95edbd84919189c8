/**
 * restriction/access - access(5) tables: the keys of a client, host name or address, and the actions they give.
 */
import { openMaps } from '../../../lib/map/maps.js';
import { domainKeys } from '../../../lib/map/match-list.js';
import { splitExtension } from '../../../lib/protocol/address/extension.js';
import { splitAddress } from '../../../lib/protocol/address/quote.js';
import type { Reply } from '../../../lib/protocol/smtp/reply.js';
import { splitList } from '../../../lib/util/list.js';
import { addressValue } from '../../../lib/util/net-address.js';
import { replies } from '../replies.js';
import { clientLabel } from '../state.js';
import {
  about,
  type Check,
  codeReply,
  dunno,
  note,
  notePermit,
  permit,
  reject,
  routeOf,
  type Verdict,
} from './check.js';

export type Evaluate = (check: Check, list: string) => Promise<Verdict>;

/** Looks the subject up and acts on what is found. `evaluate` runs a restriction list that a table names. */
export type AccessCheck = (check: Check, table: string, evaluate: Evaluate) => Promise<Verdict>;

export const checkClientAccess: AccessCheck = async (check, table, evaluate) => {
  const { name, address } = check.state.client;
  const keys = [
    ...(name === 'unknown' ? ['unknown'] : hostKeys(check, name)),
    ...addressKeys(address),
  ];
  return act(check, table, keys, 'Client host', clientLabel(check.state.client), '5.7.1', evaluate);
};

export const checkReverseClientAccess: AccessCheck = async (check, table, evaluate) => {
  const { reverseName } = check.state.client;
  return act(
    check,
    table,
    hostKeys(check, reverseName),
    'Unverified Client host',
    reverseName,
    '5.7.1',
    evaluate,
  );
};

export const checkHeloAccess: AccessCheck = async (check, table, evaluate) => {
  const { helo } = check.state;
  if (helo === '') return dunno;
  return act(check, table, hostKeys(check, helo), 'Helo command', helo, '5.7.1', evaluate);
};

export const checkSenderAccess: AccessCheck = async (check, table, evaluate) => {
  if (check.sender === undefined) return dunno;
  const keys =
    check.sender === ''
      ? [check.core.settings.smtpd_null_access_lookup_key]
      : await mailKeys(check, check.sender);
  return act(check, table, keys, 'Sender address', check.sender, '5.7.1', evaluate);
};

/** The login, realm included, as it is: postconf(5) check_sasl_access. */
export const checkSaslAccess: AccessCheck = async (check, table, evaluate) => {
  const { login } = check.state;
  if (!login) return dunno;
  const keys = [login.user.toLowerCase()];
  return act(check, table, keys, 'SASL login name', login.user, '5.7.1', evaluate);
};

export const checkRecipientAccess: AccessCheck = async (check, table, evaluate) => {
  if (check.recipient === undefined) return dunno;
  return act(
    check,
    table,
    await mailKeys(check, check.recipient),
    'Recipient address',
    check.recipient,
    '5.7.1',
    evaluate,
  );
};

export const checkEtrnAccess: AccessCheck = async (check, table, evaluate) => {
  if (check.site === undefined) return dunno;
  return act(
    check,
    table,
    hostKeys(check, check.site),
    'Etrn command',
    check.site,
    '5.7.1',
    evaluate,
  );
};

export function hostKeys({ core }: Check, name: string): string[] {
  const parents = splitList(core.settings.parent_domain_matches_subdomains).includes(
    'smtpd_access_maps',
  );
  const lower = name.toLowerCase();
  return addressValue(lower.replace(/^\[|\]$/g, '')) ? [lower] : domainKeys(lower, parents);
}

/** The address, then its networks by octet (or word). */
export function addressKeys(address: string): string[] {
  const separator = address.includes(':') ? ':' : '.';
  const keys = [address];
  for (
    let end = address.lastIndexOf(separator);
    end > 0;
    end = address.lastIndexOf(separator, end - 1)
  ) {
    keys.push(address.slice(0, end));
  }
  return keys;
}

/** user+ext@domain, user@domain, domain and its parents, user+ext@, user@: of the address that is really meant. */
async function mailKeys(check: Check, given: string): Promise<string[]> {
  const address = ((await routeOf(check, given))?.recipient ?? given).toLowerCase();
  const { local, domain = '' } = splitAddress(address);
  const { user, extension } = splitExtension(local, check.core.settings.recipient_delimiter);
  return [
    address,
    ...(extension === undefined ? [] : [`${user}@${domain}`]),
    ...hostKeys(check, domain),
    `${local}@`,
    ...(extension === undefined ? [] : [`${user}@`]),
  ];
}

export async function act(
  check: Check,
  table: string,
  keys: readonly string[],
  label: string,
  subject: string,
  enhanced: string,
  evaluate: Evaluate,
): Promise<Verdict> {
  const maps = openMaps(table, check.core.dicts, 'access table');
  const isPattern = check.core.dicts.open(table).isPattern;
  for (const key of isPattern ? patternKeys(keys, label) : keys) {
    const value = await maps.find(key);
    if (value !== undefined)
      return perform({ check, label, subject, enhanced, table, entry: key, evaluate }, value);
  }
  return dunno;
}

/** Pattern tables see whole subjects only: the name and the address of a client, else the first key. */
function patternKeys(keys: readonly string[], label: string): readonly string[] {
  const [first = ''] = keys;
  if (label !== 'Client host') return [first];
  const address = keys.find((key) => addressValue(key) !== undefined);
  return address === undefined || address === first ? [first] : [first, address];
}

export interface Context {
  readonly check: Check;
  readonly label: string;
  readonly subject: string;
  readonly enhanced: string;
  readonly table: string;
  /** What was looked up, as warnings name it. */
  readonly entry: string;
  readonly evaluate: Evaluate;
}

type Action = (context: Context, text: string) => Verdict | Promise<Verdict>;

const triggers = ({ label, subject }: Context, what: string): string =>
  about(subject, `${label} triggers ${what}`);

const actions: Readonly<Record<string, Action>> = {
  OK: () => permit,
  DUNNO: () => dunno,
  REJECT: (context, text) =>
    refuse(context, context.check.core.settings.access_map_reject_code, context.enhanced, text),
  DEFER: (context, text) =>
    refuse(context, context.check.core.settings.access_map_defer_code, '4.7.1', text),
  DEFER_IF_PERMIT: (context, text) => {
    context.check.deferIfPermit ??= denial(context, 450, '4.7.1', text || unavailable);
    return dunno;
  },
  DEFER_IF_REJECT: (context, text) => {
    context.check.deferIfReject ??= denial(context, 450, '4.7.1', text || unavailable);
    return dunno;
  },
  HOLD: (context, text) => {
    const { check, label, subject } = context;
    if (check.actions.hold !== '') return dunno;
    check.actions.hold = about(subject, `${label} ${text || 'triggers HOLD action'}`);
    note(check, 'hold', check.actions.hold);
    return dunno;
  },
  DISCARD: (context, text) => {
    const { check, label, subject } = context;
    if (check.actions.discard !== '') return permit;
    check.actions.discard = about(subject, `${label} ${text || 'triggers DISCARD action'}`);
    note(check, 'discard', check.actions.discard);
    return permit;
  },
  FILTER: (context, text) => {
    if (text === '') return wrong(context, 'has FILTER entry without value');
    if (!text.includes(':')) return wrong(context, 'requires transport:destination');
    note(context.check, 'filter', triggers(context, `FILTER ${text}`));
    context.check.actions.filter = text;
    return dunno;
  },
  REDIRECT: (context, text) => {
    if (!text.includes('@')) return wrong(context, 'requires user@domain target');
    note(context.check, 'redirect', triggers(context, `REDIRECT ${text}`));
    context.check.actions.redirect = text;
    return dunno;
  },
  BCC: (context, text) => {
    if (!text.includes('@')) return wrong(context, 'requires user@domain target');
    note(context.check, 'bcc', triggers(context, `BCC ${text}`));
    if (!context.check.actions.bcc.includes(text)) context.check.actions.bcc.push(text);
    return dunno;
  },
  PREPEND: (context, text) => {
    const { check, table } = context;
    if (check.at === 'end-of-message')
      check.core.log.warning(
        `access table ${table}: action PREPEND must be used before smtpd_end_of_data_restrictions`,
      );
    else if (/^[\x21-\x39\x3b-\x7e]+:/.test(text)) check.actions.prepend.push(text);
    else return wrong(context, 'requires header: text');
    return dunno;
  },
  WARN: ({ check }, text) => {
    note(check, 'warn', text);
    return dunno;
  },
  INFO: ({ check }, text) => {
    note(check, 'info', text);
    return dunno;
  },
};

/** An entry that says nothing of use. */
function wrong({ check, table, entry }: Context, problem: string): Verdict {
  check.core.log.warning(`access table ${table} entry "${entry}" ${problem}`);
  return dunno;
}

const unavailable = 'Service unavailable';

// The filter hands on what it likes: it is not the message that such an action speaks of.
const notBeforeFilter = new Set(['BCC', 'DISCARD', 'FILTER', 'HOLD', 'REDIRECT']);

/** The right-hand side of an access table, or the answer of a policy server. */
export function perform(context: Context, value: string): Verdict | Promise<Verdict> {
  const trimmed = value.trim();
  const numeric = /^([45]\d\d)\s+(.*)$/s.exec(trimmed);
  if (numeric) return byCode(context, Number(numeric[1]), numeric[2] ?? '');
  const [word = ''] = trimmed.split(/\s+/);
  if (/^\d+$/.test(trimmed)) return noted(context, word, permit);
  const name = word.toUpperCase();
  if (notBeforeFilter.has(name) && context.check.core.settings.smtpd_proxy_filter !== '') {
    const { check, table } = context;
    check.core.log.warning(
      `access table ${table}: with smtpd_proxy_filter specified, action ${name} is unavailable`,
    );
    return dunno;
  }
  const action = actions[name];
  if (action) return noted(context, word, action(context, trimmed.slice(word.length).trim()));
  // Anything else is a list of restrictions; a table in a table could go round for ever.
  if (trimmed.includes(':')) return tableWithin(context, trimmed);
  return context.evaluate(context.check, trimmed);
}

function tableWithin({ check, table }: Context, value: string): Verdict {
  const { log } = check.core;
  log.warning(`access table ${table} has entry with lookup table: ${value}`);
  log.warning('do not specify lookup tables inside SMTPD access maps');
  log.warning('define a restriction class and specify its name instead.');
  return reject(replies.configurationError);
}

async function noted(
  { check, label, subject, table }: Context,
  action: string,
  verdict: Verdict | Promise<Verdict>,
): Promise<Verdict> {
  const settled = await verdict;
  if (settled.is === 'permit') await notePermit(check, action, `${label}=${subject} from ${table}`);
  return settled;
}

function byCode(context: Context, code: number, text: string): Verdict {
  if (code === 421 || code === 521)
    return { is: 'drop', reply: denial(context, code, code === 421 ? '4.7.1' : '5.7.1', text) };
  return refuse(context, code, code < 500 ? '4.7.1' : context.enhanced, text);
}

function refuse(context: Context, code: number, enhanced: string, text: string): Verdict {
  return reject(denial(context, code, enhanced, text));
}

/** A text may bring an enhanced code of its own. */
function denial({ label, subject }: Context, code: number, enhanced: string, text: string): Reply {
  const own = /^([245]\.\d{1,3}\.\d{1,3})\s*(.*)$/s.exec(text);
  const words = ((own ? own[2] : text) || 'Access denied').replace(/[\x00-\x1f\x7f]/g, ' ');
  return codeReply(code, own?.[1] ?? enhanced, about(subject, `${label} rejected: ${words}`));
}
