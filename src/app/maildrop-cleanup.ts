/**
 * app/maildrop-cleanup - a Cleanup that leaves messages in the maildrop, for smtpd without a running server.
 *
 * The same promise: `queued` means on disk. pickup(8) takes the message from there and gives it its real queue id.
 * Counterparts: queue/maildrop, app/stand-alone. Postfix: smtpd.c stand-alone mode, which runs postdrop(1).
 */
import path from 'node:path';
import type { Settings } from '../lib/config/settings.js';
import type { Cleanup, CleanupOptions, CleanupSession } from '../lib/ipc/conversation/cleanup.js';
import type { Envelope, Recipient } from '../lib/ipc/envelope.js';
import {
  encodeEnd,
  encodeRecipient,
  encodeSubmission,
  kind,
  maxContentRecord,
  record,
} from '../lib/queue/maildrop/format.js';
import { MaildropFile } from '../lib/queue/maildrop/write.js';
import type { Clock } from '../lib/sys/clock.js';
import { mailDate } from '../lib/sys/mail-date.js';
import { errnoText } from '../lib/util/errno-text.js';

export interface MaildropCleanupParts {
  readonly settings: Settings;
  readonly clock: Clock;
  /** Trouble with the maildrop; the peer hears only that it should try again. */
  readonly onTrouble: (text: string) => void;
}

export function createMaildropCleanup(parts: MaildropCleanupParts): Cleanup {
  return {
    open: (envelope, options) => new MaildropSession(parts, envelope, options),
  };
}

class MaildropSession implements CleanupSession {
  readonly queueId: string;
  readonly #parts: MaildropCleanupParts;
  readonly #options: CleanupOptions;
  readonly #envelope: Envelope;
  readonly #file: MaildropFile;
  readonly #recipients: Recipient[] = [];
  #size = 0;
  #begun = false;
  #trouble: unknown;
  #closed = false;

  constructor(parts: MaildropCleanupParts, envelope: Envelope, options: CleanupOptions) {
    this.#parts = parts;
    this.#envelope = envelope;
    this.#options = options;
    this.#file = new MaildropFile(path.join(parts.settings.queue_directory, 'maildrop'));
    this.queueId = path.basename(this.#file.path).slice(0, 12).toUpperCase();
  }

  recipient(recipient: Recipient): void {
    this.#recipients.push(recipient);
  }

  /** Restrictions do not apply to `sendmail -bs`. */
  decide(): void {}

  content(chunk: Uint8Array): void {
    if (this.#closed || this.#trouble !== undefined) return;
    try {
      this.#begin();
      // The chunk is the caller's; the file keeps what it gets until it writes.
      if (!this.#isTooBig(chunk.length)) this.#write(Buffer.from(chunk));
    } catch (error) {
      this.#trouble = error;
    }
  }

  async finish(): ReturnType<CleanupSession['finish']> {
    const { queueId } = this;
    const limit = this.#parts.settings.message_size_limit;
    try {
      this.#begin();
      if (this.#trouble !== undefined) throw this.#trouble as Error;
      if (limit > 0 && this.#size > limit) {
        await this.abort();
        const text = 'Error: message file too big';
        return { is: 'refused', queueId, code: 552, enhanced: '5.3.4', text };
      }
      for (const recipient of this.#recipients) this.#file.write(encodeRecipient(recipient));
      this.#file.write(encodeEnd(this.#size));
      this.#file.finish();
      this.#closed = true;
      return { is: 'queued', queueId, size: this.#size };
    } catch (error) {
      await this.abort();
      this.#parts.onTrouble(`${queueId}: error writing queue file: ${errnoText(error)}`);
      const text = 'Error: queue file write error';
      return { is: 'refused', queueId, code: 451, enhanced: '4.3.0', text };
    }
  }

  abort(): Promise<void> {
    if (!this.#closed) this.#file.abort();
    this.#closed = true;
    return Promise.resolve();
  }

  /** What is too big is counted and not kept. */
  #isTooBig(more: number): boolean {
    const limit = this.#parts.settings.message_size_limit;
    if (limit === 0 || this.#size + more <= limit) return false;
    this.#size += more;
    return true;
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const { sender, bodyType, dsnEnvid, dsnRet, verp } = this.#envelope;
    const { localRewrite, received, prepend } = this.#options;
    this.#file.write(
      encodeSubmission({
        sender,
        fullName: undefined,
        bodyType,
        dsnEnvid,
        dsnRet,
        ...(verp === undefined ? {} : { verp }),
        localRewrite,
      }),
    );
    const only = this.#recipients.length === 1 ? this.#recipients[0]?.address : undefined;
    const line = received(this.queueId, only);
    const separator = line.endsWith('\n\t') ? `${line.slice(0, -2)};\n\t` : `${line}; `;
    const date = mailDate(this.#parts.clock.now());
    const header = [`Received: ${separator}${date}`, ...prepend].map((text) => `${text}\n`);
    this.#write(Buffer.from(header.join('')));
  }

  #write(bytes: Buffer): void {
    this.#size += bytes.length;
    for (let start = 0; start < bytes.length; start += maxContentRecord)
      this.#file.write(record(kind.content, bytes.subarray(start, start + maxContentRecord)));
  }
}
