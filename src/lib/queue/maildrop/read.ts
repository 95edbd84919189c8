/**
 * queue/maildrop/read - reads a submission that a local user has written, and believes nothing of it.
 *
 * Invariants: memory is bounded; what comes out keeps the rules of format.ts, addresses hold no control characters;
 * anything else throws Malformed. The user may write into the file while it is read: each pass checks for itself.
 */
import { isUtf8 } from 'node:buffer';
import {
  kind,
  magic,
  maxContentRecord,
  maxRecipients,
  maxTextRecord,
  recordHeadSize,
  type Submission,
  type SubmittedRecipient,
} from './format.js';

/** Not a submission, or a damaged one. */
export class Malformed extends Error {}

/** Bytes from somewhere, by position or in order. Fewer than asked for only at the end. */
export interface ByteSource {
  read(length: number): Promise<Buffer>;
  /** Passes over bytes that need not be seen. */
  skip(length: number): Promise<void> | void;
}

interface RawRecord {
  readonly type: number;
  readonly length: number;
}

export interface SubmissionEnvelope extends Submission {
  readonly recipients: readonly SubmittedRecipient[];
  readonly contentLength: number;
}

/** Reads all but the content. @throws {Malformed} */
export async function readEnvelope(source: ByteSource): Promise<SubmissionEnvelope> {
  await readMagic(source);
  const fields: { -readonly [Name in keyof Submission]?: Submission[Name] } = {};
  const recipients: SubmittedRecipient[] = [];
  let contentLength = 0;
  let dsnOrcpt: string | undefined;
  for (;;) {
    const { type, length } = await readHead(source);
    if (type === kind.content) {
      contentLength += length;
      await source.skip(length);
      continue;
    }
    const payload = await readFully(source, length);
    switch (type) {
      case kind.sender:
        setOnce(fields, 'sender', address(payload));
        break;
      case kind.fullName:
        setOnce(fields, 'fullName', text(payload));
        break;
      case kind.bodyType:
        setOnce(fields, 'bodyType', oneOf(payload, ['7BIT', '8BITMIME'] as const));
        break;
      case kind.dsnEnvid:
        setOnce(fields, 'dsnEnvid', text(payload));
        break;
      case kind.dsnRet:
        setOnce(fields, 'dsnRet', oneOf(payload, ['FULL', 'HDRS'] as const));
        break;
      case kind.verp:
        setOnce(fields, 'verp', delimiters(payload));
        break;
      case kind.remoteRewrite:
        setOnce(fields, 'localRewrite', false);
        break;
      case kind.recipient:
        if (recipients.length >= maxRecipients) throw new Malformed('too many recipients');
        recipients.push({ ...recipient(payload), ...(dsnOrcpt === undefined ? {} : { dsnOrcpt }) });
        dsnOrcpt = undefined;
        break;
      case kind.originalRecipient:
        dsnOrcpt = orcpt(payload);
        break;
      case kind.end:
        if (length !== 6 || payload.readUIntBE(0, 6) !== contentLength)
          throw new Malformed('the content is not of the length that it should have');
        return complete(fields, recipients, contentLength);
      default:
        throw new Malformed(`unexpected record type: ${type}`);
    }
  }
}

/** The content, a record at a time, to its declared end. @throws {Malformed} */
export async function* readContent(
  source: ByteSource,
  contentLength: number,
): AsyncIterable<Buffer> {
  await readMagic(source);
  let remaining = contentLength;
  while (remaining > 0) {
    const { type, length } = await readHead(source);
    if (type === kind.end || (type === kind.content && length > remaining))
      throw new Malformed('the file has changed');
    if (type !== kind.content) {
      await source.skip(length);
      continue;
    }
    remaining -= length;
    yield await readFully(source, length);
  }
}

function complete(
  fields: Partial<Submission>,
  recipients: readonly SubmittedRecipient[],
  contentLength: number,
): SubmissionEnvelope {
  if (fields.sender === undefined) throw new Malformed('no sender');
  if (recipients.length === 0) throw new Malformed('no recipients');
  return {
    sender: fields.sender,
    fullName: fields.fullName,
    bodyType: fields.bodyType ?? '',
    dsnEnvid: fields.dsnEnvid ?? '',
    dsnRet: fields.dsnRet ?? '',
    ...(fields.verp === undefined ? {} : { verp: fields.verp }),
    localRewrite: fields.localRewrite ?? true,
    recipients,
    contentLength,
  };
}

async function readMagic(source: ByteSource): Promise<void> {
  if (!(await source.read(magic.length)).equals(magic)) throw new Malformed('unknown format');
}

async function readHead(source: ByteSource): Promise<RawRecord> {
  const head = await readFully(source, recordHeadSize);
  const type = head[0] ?? 0;
  const length = head.readUInt32BE(1);
  if (length > (type === kind.content ? maxContentRecord : maxTextRecord))
    throw new Malformed('record too long');
  return { type, length };
}

async function readFully(source: ByteSource, length: number): Promise<Buffer> {
  const bytes = await source.read(length);
  if (bytes.length !== length) throw new Malformed('the file ends in the middle of a record');
  return bytes;
}

function setOnce<Name extends keyof Submission>(
  fields: Partial<Submission>,
  name: Name,
  value: Submission[Name],
): void {
  if (fields[name] !== undefined) throw new Malformed(`${name} is given twice`);
  (fields as Record<string, unknown>)[name] = value;
}

/** Text of one line without control characters: nothing that could become a header, a command or a log line. */
function text(payload: Buffer): string {
  if (!isUtf8(payload)) throw new Malformed('text that is not UTF-8');
  const value = payload.toString();
  if (/[\p{Cc}\u2028\u2029]/u.test(value)) throw new Malformed('control characters');
  return value;
}

const maxAddress = 2048; // line_length_limit: far more than RFC 5321 section 4.5.3.1 allows

function address(payload: Buffer): string {
  if (payload.length > maxAddress) throw new Malformed('address too long');
  return text(payload);
}

function recipient(payload: Buffer): SubmittedRecipient {
  const dsnNotify = payload[0] ?? 0xff;
  // RFC 3461 section 4.1: NEVER stands alone.
  if (dsnNotify > 0x0f || ((dsnNotify & 1) !== 0 && dsnNotify !== 1))
    throw new Malformed('bad notification flags');
  return { dsnNotify, address: address(payload.subarray(1)) };
}

/** Two printable characters; which of them may be used is a setting. */
function delimiters(payload: Buffer): string {
  const value = payload.toString('latin1');
  if (!/^[\x21-\x7e]{2}$/.test(value)) throw new Malformed('bad VERP delimiters');
  return value;
}

/** RFC 3461 section 4.2: a type, a semicolon, an address. */
function orcpt(payload: Buffer): string {
  const value = address(payload);
  if (!/^[A-Za-z0-9-]+;./.test(value)) throw new Malformed('bad original recipient');
  return value;
}

function oneOf<T extends string>(payload: Buffer, values: readonly T[]): T {
  const found = values.find((value) => value === payload.toString('latin1'));
  if (found === undefined) throw new Malformed('unknown value');
  return found;
}
