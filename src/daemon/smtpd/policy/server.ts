/**
 * policy/server - what check_policy_service names: where the server is, and how it is to be asked; pure.
 *
 * `inet:host:port`, `unix:path`, or either with settings of its own behind it: `inet:host:port, timeout=10s,
 * default_action=DUNNO`. Postfix: attr_override(3), smtpd_check.c.
 */
import { servicePort } from '../../../lib/config/services.js';
import type { Settings } from '../../../lib/config/settings.js';

export interface PolicyServer {
  /** Its place without the kind, for the log. */
  readonly name: string;
  readonly place: PolicyPlace;
  readonly defaultAction: string;
  readonly context: string;
  readonly timeoutMs: number;
  readonly maxIdleMs: number;
  readonly maxTtlMs: number;
  /** Requests over one connection; 0: any number. */
  readonly requestLimit: number;
  readonly tryLimit: number;
  readonly retryDelayMs: number;
}

export type PolicyPlace =
  | { readonly is: 'inet'; readonly host: string; readonly port: number }
  /** Absolute, or below the queue directory. */
  | { readonly is: 'unix'; readonly path: string };

/** The text says what to write instead. */
export class PolicyServerError extends Error {}

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** @throws {PolicyServerError} */
export function parsePolicyServer(text: string, settings: Settings): PolicyServer {
  const { name, options } = split(text);
  const taken = new Map(options);
  const take = (option: string): string | undefined => {
    const value = taken.get(option);
    taken.delete(option);
    return value;
  };
  const time = (option: string, fallback: number): number => {
    const value = take(option);
    if (value === undefined) return fallback * 1000;
    const match = /^(\d{1,9})([smhdw]?)$/.exec(value);
    if (!match) throw new PolicyServerError(`${option}=${value}: write a time, as 10s`);
    return Number(match[1]) * (unitMs[match[2] || 's'] ?? 1000);
  };
  const number = (option: string, fallback: number): number => {
    const value = take(option);
    if (value === undefined) return fallback;
    if (!/^\d{1,9}$/.test(value))
      throw new PolicyServerError(`${option}=${value}: write a whole number`);
    return Number(value);
  };
  const server: PolicyServer = {
    name: name.replace(/^(?:inet|unix|local):/, ''),
    place: parsePlace(name),
    defaultAction: take('default_action') ?? settings.smtpd_policy_service_default_action,
    context: take('policy_context') ?? settings.smtpd_policy_service_policy_context,
    timeoutMs: time('timeout', settings.smtpd_policy_service_timeout),
    maxIdleMs: time('max_idle', settings.smtpd_policy_service_max_idle),
    maxTtlMs: time('max_ttl', settings.smtpd_policy_service_max_ttl),
    requestLimit: number('request_limit', settings.smtpd_policy_service_request_limit),
    tryLimit: Math.max(1, number('try_limit', settings.smtpd_policy_service_try_limit)),
    retryDelayMs: time('retry_delay', settings.smtpd_policy_service_retry_delay),
  };
  const [unknown] = taken.keys();
  if (unknown !== undefined) throw new PolicyServerError(`unknown attribute: ${unknown}`);
  return server;
}

/** The name, then `a=b` or `{ a = b }` behind blanks or commas. */
function split(text: string): { name: string; options: [string, string][] } {
  const words = text.match(/\{[^{}]*\}|[^\s,]+/g) ?? [];
  const [name = '', ...rest] = words;
  const options = rest.map((word): [string, string] => {
    const match = /^\{?\s*([a-z_]+)\s*=\s*(.*?)\s*\}?$/s.exec(word);
    if (!match) throw new PolicyServerError(`${word}: write name=value, or { name = value }`);
    return [match[1] ?? '', match[2] ?? ''];
  });
  return { name, options };
}

function parsePlace(name: string): PolicyPlace {
  const path = /^(?:unix|local):(.+)$/.exec(name);
  if (path) return { is: 'unix', path: path[1] ?? '' };
  const inet = /^inet:(?:\[([^\]]+)\]|([^:]*)):([^:]+)$/.exec(name);
  if (!inet) throw new PolicyServerError(`${name}: write inet:host:port, or unix:path of a socket`);
  try {
    return {
      is: 'inet',
      host: inet[1] ?? (inet[2] || 'localhost'),
      port: servicePort(inet[3] ?? '', name),
    };
  } catch (error) {
    throw new PolicyServerError((error as Error).message);
  }
}
