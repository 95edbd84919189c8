/**
 * milter/spec - one filter of smtpd_milters or non_smtpd_milters, with its own settings.
 *
 * `inet:host:port`, `inet6:`, `unix:path`, `local:path`, or `{ inet:host:port, name = value, … }`. Paths are relative to
 * the queue directory. What is wrong is known at start; the filter then counts as failed, as in Postfix.
 */
import path from 'node:path';
import type net from 'node:net';
import type { Settings } from '../config/settings.js';
import { type Offer, parseProtocol } from '../protocol/milter/negotiation.js';
import { splitList } from '../util/list.js';

export const defaultActions = ['accept', 'reject', 'tempfail', 'quarantine', 'shutdown'] as const;
export type DefaultAction = (typeof defaultActions)[number];

export interface MilterSpec {
  /** As main.cf names it, for the log: `inet:localhost:8891`. */
  readonly name: string;
  readonly place: net.NetConnectOpts;
  readonly offer: Offer;
  readonly defaultAction: DefaultAction;
  readonly connectMs: number;
  readonly commandMs: number;
  readonly contentMs: number;
}

/** A filter that cannot be used because of how it is configured. */
export interface BadMilter {
  readonly name: string;
  readonly problem: string;
}

type MilterSettings = Pick<
  Settings,
  | 'milter_protocol'
  | 'milter_default_action'
  | 'milter_connect_timeout'
  | 'milter_command_timeout'
  | 'milter_content_timeout'
>;

/** @param queueDirectory as this process reaches it */
export function parseMilters(
  list: string,
  settings: MilterSettings,
  queueDirectory: string,
): (MilterSpec | BadMilter)[] {
  return splitList(list).map((element) => {
    const words = element.startsWith('{') ? inside(element) : [element];
    const [name = ''] = words;
    try {
      return parseOne(name, words.slice(1), settings, queueDirectory);
    } catch (error) {
      return { name, problem: (error as Error).message };
    }
  });
}

/** `{ a, b = c, d = { e } }`: its parts, split at commas; a part may hold blanks. */
function inside(element: string): string[] {
  const text = element.slice(1, element.endsWith('}') ? -1 : undefined);
  // Postfix splits at commas and blanks, and takes `name = value` for one attribute only within braces.
  return splitList(text.replace(/\s*=\s*/g, '=')).map((part) =>
    part.startsWith('{') && part.endsWith('}') ? part.slice(1, -1).trim() : part,
  );
}

function parseOne(
  name: string,
  attributes: readonly string[],
  settings: MilterSettings,
  queueDirectory: string,
): MilterSpec {
  let [protocol, action] = [settings.milter_protocol, settings.milter_default_action];
  let [connect, command, content] = [
    settings.milter_connect_timeout,
    settings.milter_command_timeout,
    settings.milter_content_timeout,
  ];
  for (const attribute of attributes) {
    const [key = '', value = ''] = splitOnce(attribute, '=').map((part) => part.trim());
    if (key === 'protocol') protocol = value;
    else if (key === 'default_action') action = value;
    else if (key === 'connect_timeout') connect = seconds(value);
    else if (key === 'command_timeout') command = seconds(value);
    else if (key === 'content_timeout') content = seconds(value);
    else throw new Error(`bad attribute ${key}; known are ${known}`);
  }
  const defaultAction = defaultActions.find((word) => word === action.trim().toLowerCase());
  if (defaultAction === undefined)
    throw new Error(`unrecognized default action: ${action}; write ${defaultActions.join(', ')}`);
  return {
    name,
    place: parsePlace(name, queueDirectory),
    offer: parseProtocol(protocol),
    defaultAction,
    connectMs: connect * 1000,
    commandMs: command * 1000,
    contentMs: content * 1000,
  };
}

const known = 'protocol, default_action, connect_timeout, command_timeout, content_timeout';

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

const unitSeconds: Readonly<Record<string, number>> = {
  '': 1,
  s: 1,
  m: 60,
  h: 3600,
  d: 86400,
  w: 604800,
};

function seconds(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,9})([smhdw]?)$/.exec(text) ?? [];
  if (digits === undefined || Number(digits) === 0)
    throw new Error(`bad time value: ${text}; write a number and s, m, h, d or w`);
  return Number(digits) * (unitSeconds[unit] ?? 1);
}

function parsePlace(name: string, queueDirectory: string): net.NetConnectOpts {
  const [transport, endpoint] = splitOnce(name, ':');
  if (endpoint === '')
    throw new Error(`Milter service needs transport:endpoint instead of "${name}"`);
  if (transport === 'unix' || transport === 'local')
    return { path: path.resolve(queueDirectory, endpoint) };
  if (transport !== 'inet' && transport !== 'inet6')
    throw new Error(`invalid transport name: ${transport} in Milter service: ${name}`);
  const [, bracketed, plain, port] =
    /^(?:\[([^\]]+)\]|([^\s[\]]*)):(\d{1,5})$/.exec(endpoint) ?? [];
  const host = bracketed ?? plain;
  if (port === undefined || Number(port) < 1 || Number(port) > 65535)
    throw new Error(`bad port in Milter service: ${name}; write inet:host:port`);
  return {
    host: host === undefined || host === '' ? 'localhost' : host,
    port: Number(port),
    ...(transport === 'inet6' ? { family: 6 } : {}),
  };
}
