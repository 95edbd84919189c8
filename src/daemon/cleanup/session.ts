/**
 * cleanup/session - one message on its way into the queue.
 *
 * Invariants: nothing is visible before the commit; memory is bounded by one header field and what the store buffers.
 */
import type {
  CleanupOptions,
  CleanupResult,
  CleanupSession,
} from '../../lib/ipc/conversation/cleanup.js';
import type { Envelope, Recipient } from '../../lib/ipc/envelope.js';
import { LookupError } from '../../lib/map/match-list.js';
import { HeaderScanner } from '../../lib/protocol/message/header.js';
import { type NewMessage, QueueError } from '../../lib/queue/store.js';
import { mailDate } from '../../lib/sys/mail-date.js';
import { HeaderNotes, missingHeaders } from './headers.js';
import type { CleanupCore } from './core.js';
import { ExpansionError } from './recipients.js';

interface Refusal {
  readonly code: number;
  readonly enhanced: string;
  readonly text: string;
}

// What smtpd and sendmail are told; Postfix: cleanup_strerror.c.
const refusals = {
  noRecipients: { code: 550, enhanced: '5.1.0', text: 'no recipients specified' },
  tooManyHops: { code: 554, enhanced: '5.4.0', text: 'too many hops' },
  tooBig: { code: 552, enhanced: '5.3.4', text: 'message file too big' },
  full: { code: 452, enhanced: '4.3.1', text: 'Insufficient system storage' },
  writeFailed: { code: 451, enhanced: '4.3.0', text: 'queue file write error' },
  lookupFailed: { code: 451, enhanced: '4.3.0', text: 'queue file write error' },
} as const satisfies Record<string, Refusal>;

export class Session implements CleanupSession {
  readonly #core: CleanupCore;
  readonly #envelope: Envelope;
  readonly #options: CleanupOptions;
  readonly #message: NewMessage;
  readonly #recipients: Recipient[] = [];
  readonly #scanner: HeaderScanner;
  readonly #notes: HeaderNotes;
  #lines: string[] = [];
  #started = false;
  #refusal: Refusal | undefined;
  #headerWritten: Promise<void> | undefined;
  #failure: unknown;

  constructor(core: CleanupCore, envelope: Envelope, options: CleanupOptions) {
    const { settings, rewrite } = core;
    this.#core = core;
    this.#options = options;
    this.#envelope = { ...envelope, sender: rewrite.rewrite(envelope.sender, 'local') };
    this.#message = core.store.begin();
    const context = options.localRewrite ? 'local' : 'remote';
    const completes = options.localRewrite || settings.remote_header_rewrite_domain !== '';
    this.#notes = new HeaderNotes({
      dropped: core.droppedHeaders,
      extractRecipients: options.extractRecipients,
      complete: completes ? (address) => rewrite.rewrite(address, context) : undefined,
    });
    this.#scanner = new HeaderScanner(
      {
        field: (field) => {
          const text = this.#notes.take(field);
          if (text !== undefined) this.#lines.push(text);
        },
        end: () => this.#endHeader(),
        body: (chunk) => this.#write(chunk),
      },
      settings.header_size_limit,
    );
  }

  get queueId(): string {
    return this.#message.queueId;
  }

  recipient(recipient: Recipient): void {
    this.#recipients.push(recipient);
  }

  content(chunk: Uint8Array): void | Promise<void> {
    if (this.#refusal) return undefined;
    this.#start();
    return this.#scanner.write(chunk);
  }

  async finish(): Promise<CleanupResult> {
    const { log, settings } = this.#core;
    try {
      this.#start();
      await this.#scanner.end();
      await this.#headerWritten;
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#options.extractRecipients) this.#addExtracted();
      if (this.#recipients.length === 0) this.#refusal ??= refusals.noRecipients;
      if (this.#notes.received > settings.hopcount_limit) this.#refusal ??= refusals.tooManyHops;
      if (this.#refusal) return await this.#refuse(this.#refusal);
      if (this.#options.discard) {
        await this.#message.abort();
        return { is: 'queued', queueId: this.queueId, size: this.#message.size };
      }
      const recipients = await this.#core.expansion.expand(
        this.#redirected(),
        this.#envelope.sender,
        this.#options.overrides.noAddressMappings,
      );
      await this.#message.commit({
        envelope: this.#envelope,
        recipients,
        hold: this.#options.hold,
      });
      if (!this.#options.hold) this.#core.queueManager.arrived(this.queueId);
      return { is: 'queued', queueId: this.queueId, size: this.#message.size };
    } catch (error) {
      log.warning(`${this.queueId}: ${(error as Error).message}`);
      if (error instanceof QueueError) {
        return this.#refuse(error.reason === 'full' ? refusals.full : refusals.writeFailed);
      }
      if (error instanceof LookupError || error instanceof ExpansionError)
        return this.#refuse(refusals.lookupFailed);
      await this.#message.abort();
      throw error;
    }
  }

  abort(): Promise<void> {
    return this.#message.abort();
  }

  /** Received: comes first; it names the recipient only when there is just one. */
  #start(): void {
    if (this.#started) return;
    this.#started = true;
    const [first] = this.#recipients;
    const only = this.#recipients.length === 1 ? first?.address : undefined;
    const received = this.#options.received(this.queueId, only);
    this.#lines.push(
      `Received: ${received}; ${mailDate(this.#envelope.arrival)}`,
      ...this.#options.prepend,
    );
  }

  #endHeader(): void {
    const { settings, log, clock } = this.#core;
    let messageId = this.#notes.isResent ? this.#notes.resentMessageId : this.#notes.messageId;
    if (this.#options.localRewrite || settings.always_add_missing_headers) {
      const added = missingHeaders(this.#notes, {
        sender: this.#envelope.sender,
        fullName: this.#options.fullName,
        queueId: this.queueId,
        myhostname: settings.myhostname,
        date: mailDate(this.#envelope.arrival),
        stamp: new Date(clock.now()).toISOString().replace(/[-:T]|\..*/g, ''),
        undisclosed: settings.undisclosed_recipients_header,
      });
      this.#lines.push(...added.lines);
      messageId = added.messageId;
    }
    log.info(`${this.queueId}: ${this.#notes.isResent ? 'resent-' : ''}message-id=${messageId}`);
    const header = Buffer.from(`${this.#lines.join('\n')}\n\n`, 'latin1');
    this.#lines = [];
    this.#headerWritten = this.#write(header)?.catch((error: unknown) => {
      this.#failure = error;
    });
  }

  #write(chunk: Uint8Array): Promise<void> | undefined {
    const limit = this.#core.settings.message_size_limit;
    if (limit > 0 && this.#message.size + chunk.length > limit) {
      this.#refusal ??= refusals.tooBig;
      return undefined;
    }
    return this.#message.write(chunk) ?? undefined;
  }

  #addExtracted(): void {
    const [template] = this.#recipients;
    for (const address of this.#notes.recipients) {
      this.#recipients.push({ address, original: address, dsnNotify: template?.dsnNotify ?? 0 });
    }
  }

  #redirected(): readonly Recipient[] {
    const target = this.#envelope.redirectTo;
    const [first] = this.#recipients;
    if (target === '' || !first) return this.#recipients;
    return [{ ...first, address: target }];
  }

  async #refuse(refusal: Refusal): Promise<CleanupResult> {
    await this.#message.abort();
    return { is: 'refused', queueId: this.queueId, ...refusal };
  }
}
