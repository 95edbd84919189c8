/**
 * queue/maildrop/format - what a submission looks like in the maildrop; pure.
 *
 * A line that names the format, then records: kind (1 byte), length (4 bytes, big-endian), that many bytes. The last
 * record says how long the content was, so that a file cut off anywhere is told from a whole one. A local user may
 * write anything here: whoever reads it believes nothing (read.ts).
 */

export const magic = Buffer.from('hikyaku maildrop 1\n');
export const recordHeadSize = 5;

/** Kinds of records, as bytes. */
export const kind = {
  sender: 0x53, // S
  fullName: 0x46, // F
  bodyType: 0x42, // B: 7BIT or 8BITMIME
  dsnEnvid: 0x56, // V, decoded
  dsnRet: 0x54, // T: FULL or HDRS
  verp: 0x50, // P: two delimiters
  remoteRewrite: 0x47, // G: sendmail -G; empty
  /** O: RFC 3461 ORCPT of the recipient that follows, decoded. */
  originalRecipient: 0x4f,
  /** R: DSN notify bits (1 byte), address. */
  recipient: 0x52,
  content: 0x43, // C: a part of it, lines ended by LF
  end: 0x45, // E: length of all content (6 bytes)
} as const;

/** Longest record but for content. Longer addresses than this no mail server takes. */
export const maxTextRecord = 4096;
export const maxContentRecord = 65536;
export const maxRecipients = 100_000;

/** Everything but the content. */
export interface Submission {
  /** Internal form; '' is the null sender. */
  readonly sender: string;
  readonly fullName: string | undefined;
  readonly bodyType: '' | '7BIT' | '8BITMIME';
  readonly dsnEnvid: string;
  readonly dsnRet: '' | 'FULL' | 'HDRS';
  /** Delimiters of VERP. */
  readonly verp?: string;
  /** False: sendmail -G, addresses are not completed with our own domain. */
  readonly localRewrite: boolean;
}

export interface SubmittedRecipient {
  readonly address: string;
  readonly dsnNotify: number;
  readonly dsnOrcpt?: string;
}

export function record(type: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(recordHeadSize + payload.length);
  bytes[0] = type;
  bytes.writeUInt32BE(payload.length, 1);
  bytes.set(payload, recordHeadSize);
  return bytes;
}

const textRecord = (type: number, text: string): Buffer => record(type, Buffer.from(text));

/** What stands before the content. */
export function encodeSubmission(submission: Submission): Buffer {
  const { sender, fullName, bodyType, dsnEnvid, dsnRet, verp, localRewrite } = submission;
  return Buffer.concat([
    magic,
    textRecord(kind.sender, sender),
    ...(fullName === undefined ? [] : [textRecord(kind.fullName, fullName)]),
    ...(bodyType === '' ? [] : [textRecord(kind.bodyType, bodyType)]),
    ...(dsnEnvid === '' ? [] : [textRecord(kind.dsnEnvid, dsnEnvid)]),
    ...(dsnRet === '' ? [] : [textRecord(kind.dsnRet, dsnRet)]),
    ...(verp === undefined ? [] : [textRecord(kind.verp, verp)]),
    ...(localRewrite ? [] : [textRecord(kind.remoteRewrite, '')]),
  ]);
}

/** What stands behind the content: recipients may come out of its header. */
export function encodeRecipient({ address, dsnNotify, dsnOrcpt }: SubmittedRecipient): Buffer {
  const bytes = record(kind.recipient, Buffer.concat([Buffer.of(dsnNotify), Buffer.from(address)]));
  return dsnOrcpt === undefined
    ? bytes
    : Buffer.concat([textRecord(kind.originalRecipient, dsnOrcpt), bytes]);
}

export function encodeEnd(contentLength: number): Buffer {
  const payload = Buffer.alloc(6);
  payload.writeUIntBE(contentLength, 0, 6);
  return record(kind.end, payload);
}
