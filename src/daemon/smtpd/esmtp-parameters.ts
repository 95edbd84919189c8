/**
 * smtpd/esmtp-parameters - what stands behind the address in MAIL and RCPT; pure.
 *
 * Standards: RFC 1870 (SIZE), RFC 6152 (BODY), RFC 3461 (RET, ENVID, NOTIFY, ORCPT), RFC 6531 (SMTPUTF8).
 */
import { dsnNotify } from '../../lib/ipc/envelope.js';
import { areVerpDelimiters } from '../../lib/protocol/address/verp.js';
import { decodeUxtext, decodeXtext } from '../../lib/protocol/dsn/xtext.js';
import { fromOctets } from '../../lib/protocol/message/octets.js';
import type { Reply } from '../../lib/protocol/smtp/reply.js';
import { replies, unsupportedOption } from './replies.js';

export interface MailParameters {
  size: number;
  bodyType: '' | '7BIT' | '8BITMIME';
  smtputf8: boolean;
  dsnRet: '' | 'FULL' | 'HDRS';
  dsnEnvid: string;
  /** AUTH=, as the client wrote it. RFC 4954 section 5. Undefined for `<>` and for none. */
  saslSender?: string;
  /** XVERP: its delimiters. */
  verp?: string;
}

/** What XVERP may say. */
export interface VerpDelimiters {
  /** default_verp_delimiters */
  readonly preset: string;
  /** verp_delimiter_filter */
  readonly allowed: string;
}

export interface Offered {
  readonly size: boolean;
  readonly body: boolean;
  readonly dsn: boolean;
  readonly smtputf8: boolean;
  /** Undefined: not to this client. */
  readonly verp: VerpDelimiters | undefined;
}

const maxFile = 2 ** 63; // an off_t

export function parseMailParameters(text: string, offered: Offered): MailParameters | Reply {
  const result: MailParameters = {
    size: 0,
    bodyType: '',
    smtputf8: false,
    dsnRet: '',
    dsnEnvid: '',
  };
  let sawAuth = false;
  for (const option of text.split(/\s+/).filter(Boolean)) {
    const { name, value } = split(option);
    if (name === 'SIZE' && value !== undefined && offered.size) {
      if (!/^\d+$/.test(value)) return replies.badSize;
      result.size = Number(value);
      if (result.size > maxFile) return replies.beyondFileSystem;
    } else if (name === 'BODY' && offered.body && /^(7BIT|8BITMIME)$/i.test(value ?? '')) {
      result.bodyType = (value ?? '').toUpperCase() as '7BIT' | '8BITMIME';
    } else if (name === 'SMTPUTF8' && value === undefined && offered.smtputf8) {
      result.smtputf8 = true;
    } else if (name === 'XVERP' && offered.verp) {
      result.verp = value ?? offered.verp.preset;
      if (value !== undefined && !areVerpDelimiters(value, offered.verp.allowed))
        return replies.badVerp(offered.verp.allowed);
    } else if (name === 'AUTH' && value !== undefined) {
      if (sawAuth) return replies.severalAuths;
      sawAuth = true;
      if (value !== '<>') result.saslSender = value;
    } else if (name === 'RET' && value !== undefined) {
      if (!offered.dsn) return replies.dsnDisabled;
      if (!/^(FULL|HDRS)$/i.test(value) || result.dsnRet !== '') return replies.badRet;
      result.dsnRet = value.toUpperCase() as 'FULL' | 'HDRS';
    } else if (name === 'ENVID' && value !== undefined) {
      if (!offered.dsn) return replies.dsnDisabled;
      const envid = decodeXtext(value);
      if (
        envid === undefined ||
        envid === '' ||
        result.dsnEnvid !== '' ||
        /[^\x20-\x7e]/.test(envid)
      )
        return replies.badEnvid;
      result.dsnEnvid = envid;
    } else {
      return unsupportedOption(option);
    }
  }
  return result;
}

export interface RcptParameters {
  dsnNotify: number;
  dsnOrcpt?: string;
}

const notifyBits: Readonly<Record<string, number>> = {
  NEVER: dsnNotify.never,
  SUCCESS: dsnNotify.success,
  FAILURE: dsnNotify.failure,
  DELAY: dsnNotify.delay,
};

/** @param warn what the administrator should hear of */
export function parseRcptParameters(
  text: string,
  offered: Pick<Offered, 'dsn'>,
  warn: (text: string) => void,
): RcptParameters | Reply {
  const result: RcptParameters = { dsnNotify: 0 };
  for (const option of text.split(/\s+/).filter(Boolean)) {
    const { name, value } = split(option);
    if (name === 'NOTIFY' && value !== undefined) {
      if (!offered.dsn) return replies.dsnDisabled;
      const notify = parseNotify(value, warn);
      if (notify === undefined || result.dsnNotify !== 0) return replies.badNotify;
      result.dsnNotify = notify;
    } else if (name === 'ORCPT' && value !== undefined) {
      if (!offered.dsn) return replies.dsnDisabled;
      const orcpt = parseOrcpt(value);
      if (orcpt === undefined || result.dsnOrcpt !== undefined) return replies.badOrcpt;
      result.dsnOrcpt = orcpt;
    } else {
      return unsupportedOption(option);
    }
  }
  return result;
}

function split(option: string): { name: string; value: string | undefined } {
  const equals = option.indexOf('=');
  if (equals < 0) return { name: option.toUpperCase(), value: undefined };
  return { name: option.slice(0, equals).toUpperCase(), value: option.slice(equals + 1) };
}

/** NEVER stands alone (RFC 3461 section 4.1). */
function parseNotify(value: string, warn: (text: string) => void): number | undefined {
  let bits = 0;
  for (const word of value.split(',')) {
    const bit = notifyBits[word.toUpperCase()];
    if (bit === undefined) {
      if (word !== '') warn(`unknown DSN NOTIFY command value "${word}" in "${value}"`);
      return undefined;
    }
    bits |= bit;
  }
  return (bits & dsnNotify.never) !== 0 && bits !== dsnNotify.never ? undefined : bits;
}

/** `type;address`; the address is xtext, or RFC 6533's coding where the type is `utf-8`. May be empty, as in Postfix. */
function parseOrcpt(value: string): string | undefined {
  const separator = value.indexOf(';');
  if (separator <= 0) return undefined;
  const type = value.slice(0, separator);
  if (!/^[A-Za-z0-9-]+$/.test(type)) return undefined;
  const coded = value.slice(separator + 1);
  const isUtf8 = type.toLowerCase() === 'utf-8';
  const address = isUtf8 ? decodeUxtext(fromOctets(coded)) : decodeXtext(coded);
  if (address === undefined || (isUtf8 ? controls : notPlain).test(address)) return undefined;
  return `${type};${address}`;
}

const notPlain = /[^\x20-\x7e]/;
const controls = /[\x00-\x1f\x7f-\x9f]/;
