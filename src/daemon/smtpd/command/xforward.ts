/**
 * command/xforward - XFORWARD: a filter says from whom it had the next message, for the log and for what follows.
 *
 * It changes no decision: restrictions look at the filter itself. Standard: XFORWARD_README. Postfix: xforward_cmd().
 */
import { replies } from '../replies.js';
import type { SessionControl } from '../control.js';
import type { Client, Forwarded } from '../state.js';
import type { Reply } from '../../../lib/protocol/smtp/reply.js';
import type { Command } from './command.js';
import {
  type Attribute,
  badValue,
  hostName,
  isArray,
  isUnavailable,
  mailAddress,
  parseProxyAttributes,
  portNumber,
  unknownAttribute,
} from './proxy-attributes.js';

export const xforwardKeyword = 'XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT';

export const xforward: Command = ({ state }, argument) => {
  if (state.transaction) return replies.inTransaction;
  if (!state.mayXforward) return replies.notAuthorized;
  const attributes = parseProxyAttributes('XFORWARD', argument);
  if (!isArray(attributes)) return attributes;
  let forwarded = state.forwarded ?? nothing;
  for (const attribute of attributes) {
    const taken = take(attribute);
    if ('code' in taken) return taken;
    forwarded = { ...forwarded, ...taken };
  }
  state.forwarded = forwarded;
  return replies.ok;
};

const nothing: Forwarded = {};
const maxProtocol = 64;

// It goes into the log and to later filters: what could be taken for more than a word does not.
const unsafe = /[\x00-\x20<>()\\";@\x7f\ufffd]/g;

function take({ name, value }: Attribute): Partial<Forwarded> | Reply {
  const text = isUnavailable(value) ? undefined : value.replace(unsafe, '?');
  const bad = badValue(name, text ?? value);
  switch (name) {
    case 'NAME':
      if (text === undefined) return { name: 'unknown' };
      return hostName(text) === undefined ? bad : { name: text };
    case 'ADDR': {
      if (text === undefined) return { address: 'unknown' };
      const address = mailAddress(text);
      return address === undefined ? bad : { address };
    }
    case 'PORT': {
      if (text === undefined) return { port: 0 };
      const port = portNumber(text);
      return port === undefined ? bad : { port };
    }
    case 'HELO':
      return { helo: text ?? '' };
    case 'PROTO':
      if (text === undefined) return { protocol: 'unknown' };
      return text.length > maxProtocol ? bad : { protocol: text };
    case 'IDENT':
      return { ident: text ?? '' };
    case 'SOURCE':
      if (text === undefined) return {};
      switch (text.toUpperCase()) {
        case 'LOCAL':
          return { isLocal: true };
        case 'REMOTE':
          return { isLocal: false };
        default:
          return bad;
      }
    default:
      return unknownAttribute('XFORWARD', name);
  }
}

/** The client that the log, the queue and later filters are told of. */
export function originalClient(
  forwarded: Forwarded | undefined,
  client: Client,
  own: { readonly helo: string; readonly protocol: string },
): Pick<Client, 'name' | 'address' | 'port' | 'reverseName'> & {
  readonly helo: string;
  readonly protocol: string;
} {
  if (!forwarded || !namesClient(forwarded)) {
    const { name, address, port, reverseName } = client;
    return { name, address, port, reverseName, ...own };
  }
  // One attribute makes the others unknown, not the filter's own.
  const {
    name = 'unknown',
    address = 'unknown',
    port = 0,
    helo = '',
    protocol = 'unknown',
  } = forwarded;
  return { name, address, port, reverseName: name, helo, protocol };
}

function namesClient({ name, address, port, helo, protocol }: Forwarded): boolean {
  return [name, address, port, helo, protocol].some((value) => value !== undefined);
}

/** `, orig_queue_id=…, orig_client=…` behind `client=` in the log. */
export function originSuffix({ state }: SessionControl): string {
  const forwarded = state.transaction?.forwarded;
  if (!forwarded) return '';
  const { name = 'unknown', address = 'unknown', ident } = forwarded;
  const label = address === 'unknown' ? name : `${name}[${address}]`;
  return (
    (ident === undefined || ident === '' ? '' : `, orig_queue_id=${ident}`) +
    (namesClient(forwarded) ? `, orig_client=${label}` : '')
  );
}
