/**
 * tls/client-policy - how safe a connection to a destination must be: levels, and smtp_tls_policy_maps.
 *
 * Postfix: smtp_tls_policy.c. What cannot be understood is no policy: mail waits until it is mended.
 */
import type { Settings } from '../config/settings.js';
import type { DictOpener } from '../dict/opener.js';
import { type Maps, openMaps } from '../map/maps.js';
import { splitList } from '../util/list.js';
import { TlsError } from './tls-error.js';

export type ClientLevel =
  | 'none'
  | 'may'
  | 'encrypt'
  | 'fingerprint'
  | 'verify'
  | 'secure'
  | 'dane'
  | 'dane-only';

const levels: readonly string[] = [
  'none',
  'may',
  'encrypt',
  'fingerprint',
  'verify',
  'secure',
  'dane',
  'dane-only',
] satisfies ClientLevel[];

export interface ClientPolicy {
  readonly level: ClientLevel;
  /** Names, or fingerprints at level fingerprint: what the certificate must have. */
  readonly match: readonly string[];
  readonly protocols: string;
  readonly ciphers: string;
  readonly exclude: readonly string[];
  /** SNI: '' for none, or `hostname`, `nexthop`, or a name. */
  readonly servername: string;
  readonly trustAnchors: readonly string[];
  readonly reuse: boolean;
}

export type ClientSide = 'smtp' | 'lmtp';

/** Nobody may read along, or at least no one unknown. */
export function isMandatory(level: ClientLevel): boolean {
  return level !== 'none' && level !== 'may' && level !== 'dane';
}

/** The certificate must be the right one. */
export function mustMatch(level: ClientLevel): boolean {
  return isMandatory(level) && level !== 'encrypt';
}

export class ClientPolicies {
  readonly #settings: Settings;
  readonly #side: ClientSide;
  readonly #maps: Maps;

  constructor(settings: Settings, side: ClientSide, dicts: DictOpener) {
    this.#settings = settings;
    this.#side = side;
    this.#maps = openMaps(settings[`${side}_tls_policy_maps`], dicts, `${side}_tls_policy_maps`);
  }

  /** @param nexthop as transport tables write it @throws {TlsError, LookupError} */
  async of(nexthop: string): Promise<ClientPolicy> {
    if (!this.#maps.isEmpty) {
      for (const key of keysOf(nexthop)) {
        const found = await this.#maps.find(key);
        if (found !== undefined)
          return this.#checked(parsePolicy(found, this.#settings, this.#side, key), nexthop);
      }
    }
    const level = defaultLevel(this.#settings, this.#side);
    return this.#checked(policyFor(level, this.#settings, this.#side), nexthop);
  }

  #checked(policy: ClientPolicy, nexthop: string): ClientPolicy {
    if (policy.level !== 'fingerprint' || policy.match.length > 0) return policy;
    throw new TlsError(
      `nexthop domain ${nexthop}: configured at fingerprint security level, but with no fingerprints to match.`,
    );
  }
}

/** The next hop as it is; a plain domain also by its parents, `.example.org`. */
export function keysOf(nexthop: string): string[] {
  const name = nexthop.toLowerCase();
  const keys = [name];
  if (/[[\]:]/.test(name)) return keys;
  for (let dot = name.indexOf('.', 1); dot >= 0; dot = name.indexOf('.', dot + 1))
    keys.push(name.slice(dot));
  return keys;
}

function defaultLevel(settings: Settings, side: ClientSide): ClientLevel {
  const setting = `${side}_tls_security_level` as const;
  const word = settings[setting].toLowerCase();
  if (word !== '') {
    if (isLevel(word)) return word;
    throw new TlsError(`${setting} = ${word}: invalid level "${word}"; write ${levels.join(', ')}`);
  }
  if (settings[`${side}_enforce_tls`])
    return settings[`${side}_tls_enforce_peername`] ? 'verify' : 'encrypt';
  return settings[`${side}_use_tls`] ? 'may' : 'none';
}

function isLevel(word: string): word is ClientLevel {
  return levels.includes(word);
}

/** A level with what main.cf says of it. */
export function policyFor(level: ClientLevel, settings: Settings, side: ClientSide): ClientPolicy {
  const mandatory = level !== 'none' && level !== 'may';
  const match =
    level === 'fingerprint'
      ? settings[`${side}_tls_fingerprint_cert_match`].replaceAll('|', ' ')
      : level === 'secure'
        ? settings[`${side}_tls_secure_cert_match`]
        : level === 'verify'
          ? settings[`${side}_tls_verify_cert_match`]
          : '';
  return {
    level,
    match: splitList(level === 'fingerprint' ? match : match.replaceAll(':', ' ')),
    protocols: mandatory
      ? settings[`${side}_tls_mandatory_protocols`]
      : settings[`${side}_tls_protocols`],
    ciphers: mandatory
      ? settings[`${side}_tls_mandatory_ciphers`]
      : settings[`${side}_tls_ciphers`],
    exclude: [
      settings[`${side}_tls_exclude_ciphers`],
      ...(mandatory ? [settings[`${side}_tls_mandatory_exclude_ciphers`]] : []),
    ],
    servername: settings[`${side}_tls_servername`],
    trustAnchors: splitList(settings[`${side}_tls_trust_anchor_file`]),
    reuse: settings[`${side}_tls_connection_reuse`],
  };
}

/** `secure match=.example.org:mx.example.org ciphers=high`. @throws {TlsError} */
export function parsePolicy(
  text: string,
  settings: Settings,
  side: ClientSide,
  key: string,
): ClientPolicy {
  const where = `${side}_tls_policy_maps, next-hop destination "${key}"`;
  const [word = '', ...attributes] = splitList(text);
  const level = word.toLowerCase();
  if (!isLevel(level)) throw new TlsError(`${where}: invalid security level "${word}"`);
  let policy = policyFor(level, settings, side);
  let hasMatch = false;
  for (const attribute of attributes) {
    const equals = attribute.indexOf('=');
    const name = attribute.slice(0, Math.max(0, equals)).toLowerCase();
    const value = attribute.slice(equals + 1);
    if (value === '' || level === 'none')
      throw new TlsError(`${where}: malformed attribute/value pair "${attribute}"`);
    switch (name) {
      case 'ciphers':
        policy = { ...policy, ciphers: value };
        break;
      case 'protocols':
        policy = { ...policy, protocols: value };
        break;
      case 'exclude':
        policy = { ...policy, exclude: [settings[`${side}_tls_exclude_ciphers`], value] };
        break;
      case 'servername':
        policy = { ...policy, servername: value };
        break;
      case 'tafile':
        policy = { ...policy, trustAnchors: [...policy.trustAnchors, value] };
        break;
      case 'connection_reuse':
        policy = { ...policy, reuse: value.toLowerCase() === 'yes' };
        break;
      case 'match': {
        const names = splitList(value.replaceAll(level === 'fingerprint' ? '|' : ':', ' '));
        policy = { ...policy, match: hasMatch ? [...policy.match, ...names] : names };
        hasMatch = true;
        break;
      }
      default:
        throw new TlsError(`${where}: invalid attribute name: "${name}"`);
    }
  }
  return policy;
}
