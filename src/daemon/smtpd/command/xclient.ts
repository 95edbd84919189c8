/**
 * command/xclient - XCLIENT: a trusted client speaks for another, as if that one had connected.
 *
 * The session begins anew with its greeting. Standard: XCLIENT_README. Postfix: xclient_cmd().
 */
import { type Reply, reply } from '../../../lib/protocol/smtp/reply.js';
import type { SessionControl } from '../control.js';
import { decide } from '../decide.js';
import { replies } from '../replies.js';
import { type Client, hostLabel, type Login } from '../state.js';
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
  printable,
  unknownAttribute,
} from './proxy-attributes.js';

export const xclientKeyword =
  'XCLIENT NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR DESTPORT';

interface Changes {
  client: Partial<Client>;
  helo?: string;
  isEsmtp?: boolean;
  login?: Login | 'none';
}

export const xclient: Command = async (session, argument) => {
  const { state, service } = session;
  if (state.transaction) return replies.inTransaction;
  if (!state.mayXclient) return replies.notAuthorized;
  const attributes = parseProxyAttributes('XCLIENT', argument);
  if (!isArray(attributes)) return attributes;
  const changes: Changes = { client: {} };
  for (const attribute of attributes) {
    const trouble = take(attribute, changes, session);
    if (!trouble) continue;
    // A proxy that goes on all the same goes on as the other client, not with rights of its own.
    Object.assign(state.client, changes.client);
    return trouble;
  }
  await session.abortTransaction();
  Object.assign(state.client, changes.client);
  state.helo = changes.helo ?? '';
  state.isEsmtp = changes.isEsmtp ?? false;
  if (changes.login) state.login = changes.login === 'none' ? undefined : changes.login;
  else state.login = undefined;
  state.deferIfPermit = undefined;
  // Whether it may speak for others is a matter of who it is now.
  state.mayXverp = (await service.verpClients?.match(hostLabel(state.client))) ?? false;
  state.mayXclient = (await service.xclientHosts?.match(hostLabel(state.client))) ?? false;
  const { settings } = service;
  const refused = settings.smtpd_delay_reject
    ? undefined
    : await decide(session, { stage: 'client', list: 'smtpd_client_restrictions' }, 'xclient');
  state.accessDenied = refused !== undefined;
  return refused ?? reply(220, '', settings.smtpd_banner.replace(/[\r\n]/g, ' '));
};

/** A reply: what is wrong with it. */
function take(
  { name, value }: Attribute,
  changes: Changes,
  { service }: SessionControl,
): Reply | undefined {
  const text = isUnavailable(value) ? undefined : value;
  const { client } = changes;
  const bad = badValue(name, value);
  switch (name) {
    case 'NAME': {
      const known = nameOf(value);
      if (!known) return bad;
      [client.name, client.nameStatus] = known;
      return undefined;
    }
    case 'REVERSE_NAME': {
      const known = nameOf(value);
      if (!known) return bad;
      [client.reverseName, client.reverseStatus] = known;
      return undefined;
    }
    case 'ADDR':
    case 'DESTADDR': {
      const address = text === undefined ? 'unknown' : mailAddress(text);
      if (address === undefined) return bad;
      if (name === 'ADDR') client.address = address;
      else client.serverAddress = address;
      return undefined;
    }
    case 'PORT':
    case 'DESTPORT': {
      const port = text === undefined ? 0 : portNumber(text);
      if (port === undefined) return bad;
      if (name === 'PORT') client.port = port;
      else client.serverPort = port;
      return undefined;
    }
    case 'HELO':
      changes.helo = printable(text ?? '');
      return undefined;
    case 'PROTO': {
      const protocol = text?.toUpperCase();
      if (protocol !== 'SMTP' && protocol !== 'ESMTP') return bad;
      changes.isEsmtp = protocol === 'ESMTP';
      return undefined;
    }
    case 'LOGIN':
      // Without AUTH there are no logins, so no one else brings one.
      if (!service.sasl) return undefined;
      changes.login = text === undefined ? 'none' : { method: 'XCLIENT', user: printable(text) };
      return undefined;
    default:
      return unknownAttribute('XCLIENT', name);
  }
}

/** A host name and how it came about; see Client.nameStatus. Undefined: neither name nor a word for none. */
function nameOf(value: string): readonly [name: string, status: 2 | 4 | 5] | undefined {
  if (isUnavailable(value)) return ['unknown', 5];
  if (value.toUpperCase() === '[TEMPUNAVAIL]') return ['unknown', 4];
  return hostName(value) === undefined ? undefined : [value, 2];
}
