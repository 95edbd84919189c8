/**
 * sendmail/options - the command line of sendmail, as far as it has a meaning here.
 *
 * What Sendmail knows and a mail system like ours has no use for is taken and ignored, so that old programs go on
 * working. Texts are Postfix's. Every fatal error has the status "try again": the mail may be good.
 */
import { dsnNotify } from '../../lib/ipc/envelope.js';
import { decodeXtext } from '../../lib/protocol/dsn/xtext.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { type GivenOption, getopt } from '../../lib/util/getopt.js';
import { sysexits } from '../../lib/util/sysexits.js';

export type Mode =
  | { readonly is: 'submit' }
  | { readonly is: 'verify' }
  | { readonly is: 'smtp' }
  | { readonly is: 'daemon' }
  | { readonly is: 'ignored' }
  /** A command of ours that does it, with its arguments. */
  | { readonly is: 'run'; readonly command: string; readonly args: readonly string[] };

export interface SendmailOptions {
  readonly configDirectory: string | undefined;
  readonly mode: Mode;
  readonly sender: string | undefined;
  readonly fullName: string | undefined;
  readonly ignoreDots: boolean;
  readonly extractRecipients: boolean;
  readonly localRewrite: boolean;
  readonly bodyType: '' | '7BIT' | '8BITMIME';
  readonly dsnNotify: number;
  readonly dsnRet: '' | 'FULL' | 'HDRS';
  readonly dsnEnvid: string;
  readonly wantsReport: boolean;
  /** -XV: two delimiters, or '' for those that are set; undefined: no VERP. */
  readonly verp: string | undefined;
  readonly recipients: readonly string[];
}

type Mutable = { -readonly [Name in keyof SendmailOptions]: SendmailOptions[Name] };

const letters = 'A:B:C:F:GIL:N:O:R:UV:X:b:ce:f:h:imno:p:r:q:tvx';

export function fatal(text: string): FatalError {
  return new FatalError(text, sysexits.temporaryFailure);
}

/** @throws {FatalError} */
export function parseSendmailOptions(
  args: readonly string[],
  warn: (text: string) => void,
): SendmailOptions {
  const line = getopt(joinBareOptions(args), letters);
  if (line.problem !== undefined) {
    warn(line.problem);
    throw fatal('usage: sendmail [options]');
  }
  const options: Mutable = {
    configDirectory: undefined,
    mode: { is: 'submit' },
    sender: undefined,
    fullName: undefined,
    ignoreDots: false,
    extractRecipients: false,
    localRewrite: true,
    bodyType: '',
    dsnNotify: 0,
    dsnRet: '',
    dsnEnvid: '',
    wantsReport: false,
    verp: undefined,
    recipients: line.operands,
  };
  for (const option of line.options) apply(options, option, (text) => warn(`warning: ${text}`));
  check(options);
  return options;
}

/** `-q` alone takes no value: an empty one stands in for it. */
function joinBareOptions(args: readonly string[]): readonly string[] {
  const end = args.findIndex((argument) => argument === '--' || !argument.startsWith('-'));
  return args.map((argument, index) =>
    argument === '-q' && (end < 0 || index < end) ? '-q0' : argument,
  );
}

function apply(
  options: Mutable,
  { letter, value }: GivenOption,
  warn: (text: string) => void,
): void {
  switch (letter) {
    case 'B':
      if (value !== '7BIT' && value !== '8BITMIME') throw fatal('-B option needs 8BITMIME or 7BIT');
      options.bodyType = value;
      return;
    case 'C':
      options.configDirectory = value.replace(/\/main\.cf$/, '');
      return;
    case 'F':
      options.fullName = value;
      return;
    case 'G':
      options.localRewrite = false;
      return;
    case 'I':
      options.mode = { is: 'run', command: 'newaliases', args: [] };
      return;
    case 'N':
      options.dsnNotify = notifyBits(value, warn) ?? 0;
      if (options.dsnNotify === 0) warn('bad -N option value -- ignored');
      return;
    case 'R': {
      const ret = value.toUpperCase();
      if (ret === 'FULL' || ret === 'HDRS') options.dsnRet = ret;
      else warn('bad -R option value -- ignored');
      return;
    }
    case 'V':
      if (value.length === 2) {
        // Before Postfix 2.3 these were the delimiters of VERP.
        warn(`option -V${value} is deprecated with Postfix 2.3; specify -XV${value} instead`);
        options.verp = value;
        return;
      }
      options.dsnEnvid = envelopeId(value, warn);
      return;
    case 'X':
      if (!value.startsWith('V')) throw fatal(`unsupported: -X${value.slice(0, 1)}`);
      options.verp = value.slice(1);
      return;
    case 'b':
      options.mode = modeOf(value);
      return;
    case 'f':
    case 'r':
      options.sender = value;
      return;
    case 'i':
      options.ignoreDots = true;
      return;
    case 'n':
      throw fatal('-n option not supported');
    case 'o':
      if (value.startsWith('i')) options.ignoreDots = true;
      else if (value.startsWith('A')) options.mode = aliasMode(value.slice(1));
      return;
    case 'q':
      options.mode = queueMode(value, options.mode, warn);
      return;
    case 't':
      options.extractRecipients = true;
      return;
    case 'v':
      options.wantsReport = true;
      return;
    default: // of Sendmail's own, without meaning here
  }
}

/** RFC 3461 section 4.1. Undefined: bad. */
function notifyBits(value: string, warn: (text: string) => void): number | undefined {
  let bits = 0;
  for (const word of value.toLowerCase().split(/[, ]+/)) {
    if (word === '') continue;
    if (word !== 'never' && word !== 'success' && word !== 'failure' && word !== 'delay') {
      warn(`unknown DSN NOTIFY command value "${word}" in "${value}"`);
      return undefined;
    }
    bits |= dsnNotify[word];
  }
  const isMixed = (bits & dsnNotify.never) !== 0 && bits !== dsnNotify.never;
  return isMixed ? undefined : bits;
}

function envelopeId(value: string, warn: (text: string) => void): string {
  if (value.length > 100) {
    warn('too long -V option value -- ignored');
    return '';
  }
  const decoded = decodeXtext(value);
  if (value === '' || decoded === undefined || /\p{Cc}/u.test(decoded)) {
    warn('bad syntax in -V option value -- ignored');
    return '';
  }
  return decoded;
}

function modeOf(value: string): Mode {
  switch (value.slice(0, 1)) {
    case 'd':
    case 'l':
      return { is: 'daemon' };
    case 'h':
    case 'H':
      return { is: 'ignored' };
    case 'i':
      return { is: 'run', command: 'newaliases', args: [] };
    case 'm':
      return { is: 'submit' };
    case 'p':
      return { is: 'run', command: 'postqueue', args: ['-p'] };
    case 's':
      return { is: 'smtp' };
    case 'v':
      return { is: 'verify' };
    default:
      throw fatal(`unsupported: -b${value.slice(0, 1)}`);
  }
}

function aliasMode(database: string): Mode {
  if (database === '') throw fatal('-oA requires pathname');
  return { is: 'run', command: 'postalias', args: ['--', database] };
}

function queueMode(value: string, mode: Mode, warn: (text: string) => void): Mode {
  const rest = value.slice(1);
  if (/^\d/.test(value)) {
    if (mode.is === 'daemon') {
      if (value !== '0') warn('ignoring -q option in daemon mode');
      return mode;
    }
    return { is: 'run', command: 'postqueue', args: ['-f'] };
  }
  switch (value.slice(0, 1)) {
    case 'R':
      if (rest === '') throw fatal('specify: -qRsitename');
      return { is: 'run', command: 'postqueue', args: ['-s', rest] };
    case 'I':
      if (rest === '') throw fatal('specify: -qIqueueid');
      return { is: 'run', command: 'postqueue', args: ['-i', rest] };
    default:
      throw fatal(`-q${value.slice(0, 1)} is not implemented`);
  }
}

/** What cannot go together. */
function check({ mode, recipients, extractRecipients }: SendmailOptions): void {
  if (mode.is === 'verify' && extractRecipients) throw fatal('-t option cannot be used with -bv');
  if (mode.is === 'submit' || mode.is === 'verify' || mode.is === 'ignored') return;
  if (extractRecipients) throw fatal('-t can be used only in delivery mode');
  if (recipients.length > 0) throw fatal(`${modeName(mode)} mode requires no recipient`);
}

function modeName(mode: Mode): string {
  if (mode.is === 'smtp') return 'stand-alone';
  if (mode.is === 'daemon') return 'daemon';
  if (mode.is !== 'run' || mode.command !== 'postqueue') return 'alias initialization';
  switch (mode.args[0] ?? '') {
    case '-p':
      return 'display queue';
    case '-s':
      return 'flush site';
    case '-i':
      return 'flush queue_id';
    default:
      return 'flush queue';
  }
}
