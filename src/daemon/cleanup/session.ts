/**
 * cleanup/session - one message on its way into the queue: runs the stages over it.
 *
 * Invariants: nothing is visible before the commit; memory is bounded by one header field, `flushSize` of finished
 * header and what the store buffers; after the first refusal the rest of the content is thrown away.
 */
import type {
  CleanupOptions,
  CleanupResult,
  CleanupSession,
  MessageDecision,
} from '../../lib/ipc/conversation/cleanup.js';
import { dsnNotify, type Envelope, type Recipient } from '../../lib/ipc/envelope.js';
import { LookupError } from '../../lib/map/match-list.js';
import { logDelivery } from '../../lib/agent/outcome.js';
import {
  type HeaderEvents,
  type HeaderField,
  HeaderScanner,
} from '../../lib/protocol/message/header.js';
import { StrayCr } from '../../lib/protocol/message/stray-cr.js';
import { type NewMessage, QueueError } from '../../lib/queue/store.js';
import { BodyChecks } from './content/body-checks.js';
import { refuseProblems } from './content/mime-problem.js';
import { Characters, refuseLine } from './content/characters.js';
import type { CleanupCore } from './core.js';
import { type Message, needsTables } from './message.js';
import { filterMessage } from './milter/filter-message.js';
import { headerTooBig, KeptContent } from './milter/kept-content.js';
import { openOwnSession } from './milter/own-session.js';
import { type Refusal, Refused, refusalOf, refusals } from './refusal.js';
import { canonicalRecipients, completeRecipients } from './stage/recipient-addresses.js';
import { stages } from './stages.js';
import { WorkLine } from './work-line.js';

const flushSize = 64 * 1024; // of header text
const LF = 0x0a;
const lineEnd = Buffer.from('\n');

const slowBeginStages = stages.filter((stage) => stage.beginSlowly);
const slowFieldStages = stages.filter((stage) => stage.field ?? stage.fieldSlowly);
const beginStages = stages.filter((stage) => stage.begin);
const fieldStages = stages.filter((stage) => stage.field);
const headerEndStages = stages.filter((stage) => stage.headerEnd);
const envelopeStages = stages.filter((stage) => stage.envelope);

export class Session implements CleanupSession {
  readonly #core: CleanupCore;
  readonly #store: NewMessage;
  readonly #message: Message;
  readonly #scanner: HeaderScanner;
  readonly #strayCr: StrayCr | undefined;
  readonly #sizeLimit: number;
  #lineBytes = 0;
  #started = false;
  /** The header section ended without an empty line: one is put before what follows. */
  #owesBlankLine = false;
  /** The body is empty so far, or its last byte ended a line. */
  #endsInLine = true;
  #writing: Promise<void> | undefined;
  /** Set where tables decide about the content: its parts wait for each other. */
  readonly #work: WorkLine | undefined;
  /** message_reject_characters and message_strip_characters, where they are set. */
  readonly #characters: Characters | undefined;
  #bodyChecks: BodyChecks | undefined;
  /** Set where mail filters look at the message first: it goes to the store when they have. */
  #kept: KeptContent | undefined;

  constructor(core: CleanupCore, envelope: Envelope, options: CleanupOptions) {
    const { settings } = core;
    this.#core = core;
    this.#store = core.store.begin();
    this.#message = {
      core,
      options,
      envelope,
      queueId: this.#store.queueId,
      recipients: [],
      lines: [],
      seen: new Set(),
      isResent: false,
      hasUtf8Header: false,
      hops: 0,
      named: { plain: [], resent: [] },
      hold: false,
      discard: false,
      isChecked: core.contentRules !== undefined && !options.overrides.noHeaderBodyChecks,
      isFilteredNoMore: false,
      problems: new Set(),
      copies: [],
      contentType: '',
      contentEncoding: '',
      ownMilters: undefined,
      milterRecipient: undefined,
      refusal: undefined,
    };
    // What we make ourselves must get through, however small the limit.
    this.#sizeLimit = envelope.kind === 'mail' ? settings.message_size_limit : 0;
    const rules = core.contentRules;
    if (
      this.#message.isChecked &&
      rules &&
      (rules.rejectCharacters !== '' || rules.stripCharacters !== '')
    )
      this.#characters = new Characters(rules);
    this.#work = needsTables(this.#message) ? new WorkLine() : undefined;
    this.#strayCr = settings.cleanup_replace_stray_cr_lf ? new StrayCr() : undefined;
    this.#scanner = new HeaderScanner(
      this.#work ? this.#inLine(this.#work) : this.#atOnce(),
      settings.header_size_limit,
    );
  }

  get queueId(): string {
    return this.#message.queueId;
  }

  recipient(recipient: Recipient): void {
    this.#message.recipients.push(recipient);
  }

  decide({ hold, discard, contentFilter, redirectTo, bcc = [] }: MessageDecision): void {
    const message = this.#message;
    message.hold ||= hold ?? false;
    message.discard ||= discard ?? false;
    const said = {
      ...(contentFilter === undefined ? {} : { contentFilter }),
      ...(redirectTo === undefined ? {} : { redirectTo }),
    };
    message.envelope = { ...message.envelope, ...said };
    for (const address of bcc)
      this.recipient({ address, original: address, dsnNotify: dsnNotify.never });
  }

  content(chunk: Uint8Array): void | Promise<void> {
    if (this.#message.refusal) return undefined;
    this.#start();
    const replaced = this.#strayCr ? this.#strayCr.replace(chunk) : chunk;
    if (!this.#work) return this.#scanner.write(replaced) ?? this.#writing;
    const { chunk: kept, refused } = this.#characters?.filter(replaced) ?? { chunk: replaced };
    void this.#scanner.write(kept);
    if (refused !== undefined) this.#work.add(() => refuseLine(this.#message, refused));
    return this.#work.done;
  }

  #atOnce(): HeaderEvents {
    return {
      firstLine: (line) => this.#firstLine(line),
      field: (field) => this.#field(field),
      end: (blank) => this.#endHeader(blank),
      body: (chunk) => this.#body(chunk),
    };
  }

  #inLine(work: WorkLine): HeaderEvents {
    return {
      firstLine: (line) => this.#firstLine(line),
      field: (field) => work.add(() => this.#fieldSlowly(field)),
      end: (blank) =>
        work.add(() => {
          this.#endHeader(blank);
          const { contentRules } = this.#core;
          if (contentRules?.looksAtBody === true && this.#message.isChecked)
            this.#bodyChecks = new BodyChecks(this.#message, contentRules);
        }),
      body: (chunk) => work.add(() => this.#bodySlowly(chunk)),
    };
  }

  async #bodySlowly(chunk: Uint8Array): Promise<void> {
    await this.#body(this.#bodyChecks ? await this.#bodyChecks.push(chunk) : chunk);
  }

  async #endBody(): Promise<void> {
    const rest = await this.#bodyChecks?.end();
    if (rest && rest.length > 0) await this.#body(rest);
    refuseProblems(this.#message);
  }

  async finish(): Promise<CleanupResult> {
    try {
      await this.#endContent();
      if (this.#message.refusal) return await this.#refuse(this.#message.refusal);
      for (const stage of envelopeStages) await stage.envelope?.(this.#message);
      const refused = await this.#filter();
      if (refused) return await this.#refuse(refused);
      return await this.#commit();
    } catch (error) {
      return await this.#failed(error);
    } finally {
      await this.#letGo();
    }
  }

  async abort(): Promise<void> {
    await this.#letGo();
    await this.#store.abort();
  }

  async #letGo(): Promise<void> {
    this.#message.ownMilters?.quit();
    await this.#kept?.close();
  }

  /** Shows what was kept to the mail filters, then gives it to the store. */
  async #filter(): Promise<Refusal | undefined> {
    const message = this.#message;
    const kept = this.#kept;
    if (!kept) return undefined;
    const given = message.options.milters === 'none' ? undefined : message.options.milters;
    const milters = message.ownMilters ?? given;
    if (milters && !message.discard && !message.isFilteredNoMore) {
      const refused = await filterMessage(message, kept, milters);
      if (refused) return refusalOf(refused);
    }
    if (!this.#message.discard) await kept.writeTo(this.#store);
    return undefined;
  }

  async #endContent(): Promise<void> {
    this.#start();
    const held = this.#strayCr?.end();
    if (held && held.length > 0) await this.#scanner.write(held);
    await this.#scanner.end();
    this.#work?.add(() => this.#endBody());
    await this.#work?.settle();
    // BDAT may end anywhere; the queue holds whole lines.
    if (!this.#endsInLine) this.#write(lineEnd);
    await this.#writing;
  }

  async #commit(): Promise<CleanupResult> {
    const { envelope, recipients, hold, discard, queueId } = this.#message;
    const { size } = this.#store;
    if (discard) {
      await this.#store.abort();
      return { is: 'queued', queueId, size };
    }
    await this.#store.commit({ envelope, recipients, hold });
    if (!hold) this.#core.queueManager.arrived(queueId);
    return { is: 'queued', queueId, size };
  }

  async #failed(error: unknown): Promise<CleanupResult> {
    const { log } = this.#core;
    if (error instanceof Refused) return this.#refuse(error.refusal);
    if (error instanceof QueueError) {
      log.warning(`${this.queueId}: ${error.message}`);
      return this.#refuse(error.reason === 'full' ? refusals.full : refusals.writeFailed);
    }
    if (error instanceof LookupError) {
      log.warning(`${this.queueId}: ${error.message} -- message not accepted, try again later`);
      return this.#refuse(refusals.writeFailed);
    }
    await this.#store.abort();
    throw error;
  }

  async #refuse(refusal: Refusal): Promise<CleanupResult> {
    await this.#store.abort();
    const { options } = this.#message;
    const refused = { is: 'refused', queueId: this.queueId, ...refusal } as const;
    return options.returnsRefused ? { ...refused, ...(await this.#returned(refusal)) } : refused;
  }

  /** What goes back to the sender, in canonical form; the log says so when it is final. */
  async #returned(
    refusal: Refusal,
  ): Promise<
    Pick<Envelope, 'sender'> & { recipients: readonly Recipient[]; isContentRefused: boolean }
  > {
    const { core, envelope, queueId } = this.#message;
    this.#start();
    await this.#work?.done;
    const recipients = await canonicalRecipients(this.#message).catch(() =>
      completeRecipients(this.#message),
    );
    const now = core.clock.now();
    const times = { arrival: envelope.arrival, active: now, agent: now };
    const { enhanced: dsn, text } = refusal;
    const delivery = { action: 'bounced', dsn, text, relay: 'none', time: now } as const;
    if (refusal.code >= 500)
      for (const recipient of recipients)
        logDelivery(core.log, { queueId, times, softBounce: false }, recipient, delivery);
    const { isFilteredNoMore: isContentRefused } = this.#message;
    return { sender: this.#message.envelope.sender, recipients, isContentRefused };
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    if (this.#isFiltered()) this.#kept = new KeptContent(this.#core.scratchDirectory);
    for (const stage of beginStages) stage.begin?.(this.#message);
    this.#work?.add(async () => {
      for (const stage of slowBeginStages) await stage.beginSlowly?.(this.#message);
    });
  }

  /** Whether mail filters look at the message: those of its SMTP session, or our own. */
  #isFiltered(): boolean {
    const { options } = this.#message;
    const { milters } = this.#core;
    if (options.milters === 'none') return false;
    if (options.milters) {
      const { verdictSoFar, wantsContent } = options.milters;
      if (verdictSoFar === 'hold') this.#message.hold = true;
      if (verdictSoFar === 'discard') this.#message.discard = true;
      return wantsContent;
    }
    if (!milters || options.overrides.noMilters) return false;
    this.#message.ownMilters = openOwnSession(this.#message, milters);
    return true;
  }

  /** A mailbox's `From ` line is no header; it must not end the header either. Postfix: smtpd.c. */
  #firstLine(line: string): string {
    const isFromLine = /^>*From /.test(line) && this.#message.envelope.client.protocol !== '';
    return isFromLine ? `X-Mailbox-Line: ${line}` : line;
  }

  #field(given: HeaderField): void {
    if (this.#message.refusal) return;
    let field: HeaderField | undefined = given;
    for (const stage of fieldStages) {
      field = stage.field?.(field, this.#message);
      if (!field) return;
    }
    this.#addField(field);
  }

  async #fieldSlowly(given: HeaderField): Promise<void> {
    let field: HeaderField | undefined = given;
    for (const stage of slowFieldStages) {
      if (this.#message.refusal) return;
      field = stage.fieldSlowly
        ? await stage.fieldSlowly(field, this.#message)
        : stage.field?.(field, this.#message);
      if (!field) return;
    }
    this.#addField(field);
  }

  #addField(field: HeaderField): void {
    this.#message.lines.push(field.text);
    this.#lineBytes += field.text.length;
    if (this.#lineBytes > flushSize) this.#flushLines('');
  }

  #endHeader(blank: boolean): void {
    if (this.#message.refusal) return;
    for (const stage of headerEndStages) stage.headerEnd?.(this.#message);
    this.#owesBlankLine = !blank;
    this.#flushLines(blank ? '\n' : '');
  }

  #flushLines(end: string): void {
    if (this.#kept) {
      this.#keepLines(this.#kept, end !== '');
      return;
    }
    const { lines } = this.#message;
    const text = lines.length === 0 ? end : `${lines.join('\n')}\n${end}`;
    lines.length = 0;
    this.#lineBytes = 0;
    if (!this.#message.hasUtf8Header) this.#message.hasUtf8Header = hasHighByte(text);
    this.#write(Buffer.from(text, 'latin1'));
  }

  #keepLines(kept: KeptContent, isBlankLine: boolean): void {
    const { lines } = this.#message;
    if (!kept.addFields(lines)) this.#message.refusal ??= headerTooBig;
    if (!this.#message.hasUtf8Header) this.#message.hasUtf8Header = lines.some(hasHighByte);
    kept.endHeader(isBlankLine);
    lines.length = 0;
    this.#lineBytes = 0;
  }

  #body(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#owesBlankLine) {
      this.#owesBlankLine = false;
      if (!this.#kept) this.#write(lineEnd);
    }
    if (chunk.length > 0) this.#endsInLine = chunk[chunk.length - 1] === LF;
    this.#write(chunk);
    return this.#writing;
  }

  /** What the store cannot take at once is waited for by the caller of content(); an error shows there and in finish(). */
  #write(chunk: Uint8Array): void {
    if (chunk.length === 0 || this.#message.refusal) return;
    const { size } = this.#kept ?? this.#store;
    if (this.#sizeLimit > 0 && size + chunk.length > this.#sizeLimit) {
      this.#message.refusal = refusals.tooBig;
      return;
    }
    const pending = this.#kept ? this.#kept.writeBody(chunk) : this.#store.write(chunk);
    if (!pending) return;
    const before = this.#writing;
    const writing = before ? before.then(() => pending) : pending;
    this.#writing = writing;
    writing.then(
      () => {
        if (this.#writing === writing) this.#writing = undefined;
      },
      () => undefined, // stays in #writing: content() and finish() report it
    );
  }
}

function hasHighByte(text: string): boolean {
  return /[\x80-\xff]/.test(text);
}
