/**
 * sendmail/submit - reads a message from standard input and puts it into the maildrop.
 *
 * The file is begun only when there is much content, or when the input is over: a program that is stopped while it
 * writes to us leaves nothing behind.
 */
import { readSync } from 'node:fs';
import path from 'node:path';
import type { Settings } from '../../lib/config/settings.js';
import { parseAddressList } from '../../lib/protocol/address/list.js';
import { areVerpDelimiters } from '../../lib/protocol/address/verp.js';
import {
  encodeEnd,
  encodeRecipient,
  encodeSubmission,
  kind,
  maxContentRecord,
  record,
} from '../../lib/queue/maildrop/format.js';
import { MaildropFile } from '../../lib/queue/maildrop/write.js';
import { errnoText } from '../../lib/util/errno-text.js';
import { ContentReader } from './content.js';
import { HeaderRecipients } from './header-recipients.js';
import { fatal, type SendmailOptions } from './options.js';
import { fullName, oneLine, type Submitter } from './user.js';

const memoryLimit = 1024 * 1024;

/** On disk when it returns. @throws {FatalError} */
export function submit(
  options: SendmailOptions,
  settings: Settings,
  who: Submitter,
  warn: (text: string) => void,
): void {
  const label = `${who.name}(${who.uid})`;
  if (options.recipients.length === 0 && !options.extractRecipients) {
    throw fatal(
      `${label}: Recipient addresses must be specified on the command line or via the -t option`,
    );
  }
  const sender = senderOf(options, who, warn);
  const { verp, ...rest } = options;
  const head = encodeSubmission({
    ...rest,
    sender,
    ...(verp === undefined ? {} : { verp: delimiters(verp, sender, who, settings) }),
    fullName: options.fullName === undefined ? fullName(who) : oneLine(options.fullName),
  });
  const header = options.extractRecipients
    ? new HeaderRecipients(settings.header_size_limit, settings.header_address_token_limit)
    : undefined;
  const spool = new Spool(path.join(settings.queue_directory, 'maildrop'), head);
  try {
    const content = new ContentReader(
      { ignoreDots: options.ignoreDots, fixLineEndings: fixLineEndings(settings) },
      (bytes) => {
        spool.content(bytes);
        header?.write(bytes);
        if (settings.message_size_limit > 0 && spool.size > settings.message_size_limit)
          throw fatal(`${label}: message file too big`);
      },
    );
    readInput(content, label);
    const recipients = [
      ...options.recipients.flatMap((text) => addresses(text)),
      ...(header?.end() ?? []),
    ];
    if (recipients.length === 0)
      throw fatal(`${label}: No recipient addresses found in message header`);
    for (const address of recipients)
      spool.write(encodeRecipient({ address, dsnNotify: options.dsnNotify }));
    spool.write(encodeEnd(spool.size));
    spool.finish();
  } catch (error) {
    spool.abort();
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw fatal(`${label}: error writing queue file: ${explain(error, spool.directory)}`);
  }
}

/** For -XV. @throws {FatalError} */
function delimiters(given: string, sender: string, who: Submitter, settings: Settings): string {
  const { default_verp_delimiters: preset, verp_delimiter_filter: allowed } = settings;
  if (given !== '' && !areVerpDelimiters(given, allowed))
    throw fatal(`-V requires two characters from ${allowed}`);
  if (sender === '')
    throw fatal(`${sender}(${who.uid}): -V option requires non-null sender address`);
  return given === '' ? preset : given;
}

function explain(error: unknown, directory: string): string {
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const remedy = isMissing ? '; "postfix start" makes it' : '';
  return `${directory}: ${errnoText(error)}${remedy}`;
}

/** One argument may hold several addresses; an empty one stands for itself. */
function addresses(text: string): readonly string[] {
  const found = parseAddressList(text);
  return found.length === 0 ? [''] : found;
}

/** The envelope sender, internal form. */
export function senderOf(
  { sender }: SendmailOptions,
  who: Submitter,
  warn: (text: string) => void,
): string {
  if (sender === undefined) return who.name;
  const [first, ...more] = parseAddressList(sender);
  const isNull = /^\s*(?:<\s*>\s*)?$/.test(sender);
  if (more.length > 0 || (first === undefined && !isNull) || /\p{Cc}/u.test(sender))
    warn(`-f option specified malformed sender: ${oneLine(sender)}`);
  return oneLine(first ?? '').trim();
}

function fixLineEndings(settings: Settings): 'always' | 'strict' | 'never' {
  const value = settings.sendmail_fix_line_endings.toLowerCase();
  if (value === 'always' || value === 'strict' || value === 'never') return value;
  throw fatal(`invalid sendmail_fix_line_endings value: ${value}`);
}

function readInput(content: ContentReader, label: string): void {
  for (;;) {
    const chunk = Buffer.allocUnsafeSlow(maxContentRecord);
    let count: number;
    try {
      count = readSync(0, chunk);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') break;
      if (code === 'EAGAIN') {
        // Whoever gave us this pipe does not want to wait; we do.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
        continue;
      }
      throw fatal(`${label}: error reading input: ${errnoText(error)}`);
    }
    if (count === 0 || !content.write(chunk.subarray(0, count))) break;
  }
  content.end();
}

/** Content in memory first, in a file when it gets long. */
class Spool {
  readonly directory: string;
  size = 0;
  #waiting: Buffer[];
  #file: MaildropFile | undefined;

  constructor(directory: string, head: Buffer) {
    this.directory = directory;
    this.#waiting = [head];
  }

  content(bytes: Buffer): void {
    for (let start = 0; start < bytes.length; start += maxContentRecord)
      this.write(record(kind.content, bytes.subarray(start, start + maxContentRecord)));
    this.size += bytes.length;
    if (this.size > memoryLimit) this.#open();
  }

  write(bytes: Buffer): void {
    if (this.#file) this.#file.write(bytes);
    else this.#waiting.push(bytes);
  }

  finish(): void {
    this.#open().finish();
  }

  abort(): void {
    this.#file?.abort();
  }

  #open(): MaildropFile {
    if (this.#file) return this.#file;
    const file = new MaildropFile(this.directory);
    this.#file = file;
    for (const bytes of this.#waiting) file.write(bytes);
    this.#waiting = [];
    return file;
  }
}
