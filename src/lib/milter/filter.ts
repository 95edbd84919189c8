/**
 * milter/filter - one mail filter during one SMTP session.
 *
 * A filter that fails stays failed for the session, and counts as its default action says; one that accepted or refused
 * the client is not asked again. Postfix: milter8.c.
 */
import type { FilteredMessage, MilterVerdict } from '../ipc/conversation/milters.js';
import type { Log } from '../log/log.js';
import { abortEvent, macroEvent, quitEvent } from '../protocol/milter/event.js';
import { type Agreement, decodeAgreement, encodeOffer } from '../protocol/milter/negotiation.js';
import { eventOptions, type MacroStage, option } from '../protocol/milter/numbers.js';
import { MilterProtocolError } from '../protocol/milter/protocol-error.js';
import { parseReplyText } from '../protocol/milter/reply-text.js';
import { type Change, decodeResponse, type Response } from '../protocol/milter/response.js';
import type { Clock } from '../sys/clock.js';
import { MilterConnection, MilterConnectionError } from './connection.js';
import { applyChange } from './change.js';
import { sendMessage } from './send-message.js';
import type { BadMilter, MilterSpec } from './spec.js';
import type { EventName, FilterTalk, MacroPairs } from './talk.js';
import { commandRejected, defaultVerdict, misconfigured, tryLater } from './verdict.js';

/**
 * `ready`: connected, nothing told. `open`: events go to it. `message-done`: no more of this message.
 * `over`: no more in this session; the standing verdict answers for it.
 */
type State = 'closed' | 'ready' | 'open' | 'message-done' | 'over';

const contentEvents = new Set<EventName>(['header', 'endOfHeader', 'body', 'endOfBody']);

export interface FilterParts {
  readonly log: Log;
  readonly clock: Clock;
}

export class Filter implements FilterTalk {
  readonly #spec: MilterSpec | BadMilter;
  readonly #parts: FilterParts;
  #state: State = 'closed';
  #connection: MilterConnection | undefined;
  #agreement: Agreement | undefined;
  #standing: MilterVerdict | undefined;
  #isEnded = false;
  /** The filter wants no more of this body (SMFIR_SKIP). */
  #skipsBody = false;

  constructor(spec: MilterSpec | BadMilter, parts: FilterParts) {
    this.#spec = spec;
    this.#parts = parts;
  }

  get name(): string {
    return this.#spec.name;
  }

  /** Whether it would look at a message that comes now. */
  get wantsContent(): boolean {
    return this.#state === 'open';
  }

  /** What it says without being asked: it was lost, or refused the client. */
  get standing(): MilterVerdict | undefined {
    return this.#standing;
  }

  /** SMFIP_RCPT_REJ: recipients that were refused are told, too. */
  get wantsRejectedRecipients(): boolean {
    return this.wants(option.rejectedRecipients);
  }

  wants(bit: number): boolean {
    return ((this.#agreement?.options ?? 0) & bit) !== 0;
  }

  get skipsBody(): boolean {
    return this.#skipsBody;
  }

  /** Connects and agrees on what is told; failures become the standing verdict. */
  async connect(): Promise<void> {
    const spec = this.#spec;
    const { log, clock } = this.#parts;
    if ('problem' in spec) {
      this.#misconfigured(spec.problem);
      return;
    }
    try {
      const connection = await MilterConnection.open(spec.place, spec.connectMs, clock);
      if (this.#hasEnded()) {
        connection.end(quitEvent);
        return;
      }
      this.#connection = connection;
    } catch (error) {
      log.warning(`connect to Milter service ${spec.name}: ${(error as Error).message}`);
      this.#lost();
      return;
    }
    try {
      await this.#connection.send(encodeOffer(spec.offer), spec.commandMs);
      const packet = await this.#connection.receive(spec.commandMs);
      this.#agreement = decodeAgreement(packet, spec.offer);
      this.#state = 'ready';
    } catch (error) {
      if (this.#hasEnded()) return; // the client left, and with it the connection
      log.warning(`milter ${spec.name}: ${this.#why(error, 'negotiate')}`);
      if (error instanceof MilterConnectionError)
        log.warning(`milter ${spec.name}: read error in initial handshake`);
      this.#lost();
    }
  }

  /** Tells of an event of the session; says what the filter makes of it. */
  async event(
    name: EventName,
    bytes: Uint8Array,
    macros: MacroPairs,
  ): Promise<MilterVerdict | undefined> {
    switch (this.#state) {
      case 'over':
      case 'closed':
        return this.#standing;
      case 'message-done':
        if (name !== 'helo' && name !== 'mail') return this.#standing;
        break;
      case 'ready':
        this.#state = 'open';
        break;
      case 'open':
        break;
    }
    return this.exchange(name, bytes, this.macros(name, macros), undefined);
  }

  /** Shows a message; changes are applied to it as they come. */
  async inspect(message: FilteredMessage, macros: MacroPairs): Promise<MilterVerdict | undefined> {
    if (this.#state !== 'open') return this.#standing;
    this.#skipsBody = false;
    try {
      return await sendMessage(this, message, macros);
    } finally {
      this.#beReady();
    }
  }

  /** Accepting one message says nothing of the next. */
  #beReady(): void {
    if (this.#state === 'message-done') this.#state = 'open';
  }

  /** The message is over, whatever became of it. */
  abort(): void {
    if (this.#state !== 'open' && this.#state !== 'message-done') return;
    this.#state = 'open';
    this.#skipsBody = false;
    try {
      void this.#connection?.send(abortEvent, this.#timeout('mail'));
    } catch {
      this.#lost();
    }
  }

  /** The client has left. */
  end(): void {
    this.#isEnded = true;
    const connection = this.#connection;
    this.#connection = undefined;
    this.#state = 'closed';
    connection?.end(quitEvent);
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  get isListening(): boolean {
    return this.#state === 'open';
  }

  macros(name: EventName, pairs: MacroPairs): Uint8Array | undefined {
    if (!this.#knows(name)) return undefined;
    const stage: MacroStage = name === 'header' || name === 'body' ? 'endOfHeader' : name;
    return macroEvent(name, pairs(stage, this.#agreement?.symbols.get(stage)));
  }

  async exchange(
    name: EventName,
    bytes: Uint8Array,
    macros: Uint8Array | undefined,
    message: FilteredMessage | undefined,
  ): Promise<MilterVerdict | undefined> {
    const connection = this.#connection;
    if (!connection || !this.#knows(name)) return this.#standing;
    const [unwanted, noReply] = eventOptions[name];
    const isWanted = !this.wants(unwanted);
    try {
      const parts = [...(macros ? [macros] : []), ...(isWanted ? [bytes] : [])];
      const sending =
        parts.length > 0 && connection.send(Buffer.concat(parts), this.#timeout(name));
      if (sending) await sending;
      if (!isWanted || this.wants(noReply)) return this.#standing;
      return await this.#answer(connection, name, message);
    } catch (error) {
      if (!(error instanceof MilterConnectionError || error instanceof MilterProtocolError))
        throw error;
      if (this.#hasEnded()) return undefined; // no one waits for the answer
      this.#parts.log.warning(`milter ${this.name}: ${this.#why(error, name)}`);
      this.#lost();
      return this.#standing;
    }
  }

  async #answer(
    connection: MilterConnection,
    name: EventName,
    message: FilteredMessage | undefined,
  ): Promise<MilterVerdict | undefined> {
    /** Counts unless the filter decides otherwise at last. */
    let pending: MilterVerdict | undefined;
    for (;;) {
      const response = decodeResponse(await connection.receive(this.#timeout(name)));
      if (response.is === 'progress') continue;
      if (response.is === 'quarantine') {
        pending = { is: 'hold' };
        continue;
      }
      if (isChange(response)) {
        if (!message)
          throw new MilterProtocolError(
            `unexpected filter response ${response.is} after event ${shownNames[name]}`,
          );
        pending = (await applyChange(response, message, this)) ?? pending;
        continue;
      }
      return this.#decision(response, name) ?? pending;
    }
  }

  #decision(
    response: Exclude<Response, Change | { readonly is: 'quarantine' }>,
    name: EventName,
  ): MilterVerdict | undefined {
    const isSession = name === 'connect' || name === 'helo';
    switch (response.is) {
      case 'continue':
      case 'progress':
        return this.#standing;
      case 'skip':
        if (name !== 'body')
          throw new MilterProtocolError(
            `unexpected filter response skip after event ${shownNames[name]}`,
          );
        this.#skipsBody = true;
        return this.#standing;
      case 'accept':
        if (isSession) this.#close();
        else this.#state = 'message-done';
        return this.#standing;
      case 'discard':
        if (isSession) {
          this.#parts.log.warning(
            `milter ${this.name}: DISCARD action is not allowed for connect or helo`,
          );
          return this.#standing;
        }
        this.#state = 'message-done';
        return { is: 'discard' };
      case 'reject':
        return this.#refuse({ is: 'reply', reply: commandRejected }, isSession);
      case 'tempfail':
        return this.#refuse({ is: 'reply', reply: tryLater }, isSession);
      case 'connection-failure':
        throw new MilterProtocolError(
          `connection failed, says the filter after event ${shownNames[name]}`,
        );
      case 'shutdown':
        return this.#refuse({ is: 'shutdown' }, true);
      case 'reply': {
        const reply = parseReplyText(response.text);
        if (reply) return this.#refuse({ is: 'reply', reply }, isSession);
        this.#misconfigured(`malformed reply: ${response.text}`);
        return this.#standing;
      }
    }
  }

  /** A refusal of the client stands for the rest of the session. */
  #refuse(verdict: MilterVerdict, isSession: boolean): MilterVerdict {
    if (isSession) {
      this.#standing = verdict;
      this.#close();
    }
    return verdict;
  }

  #hasEnded(): boolean {
    return this.#isEnded;
  }

  #knows(name: EventName): boolean {
    const spec = this.#spec;
    if ('problem' in spec) return false;
    const [unwanted] = eventOptions[name];
    return unwanted === 0 || (spec.offer.options & unwanted) !== 0;
  }

  #timeout(name: EventName | 'negotiate'): number {
    const spec = this.#spec;
    if ('problem' in spec) return 0;
    return name !== 'negotiate' && contentEvents.has(name) ? spec.contentMs : spec.commandMs;
  }

  #why(error: unknown, name: EventName | 'negotiate'): string {
    const text = (error as Error).message;
    if (error instanceof MilterConnectionError)
      return `can't read ${shownNames[name]} reply packet header: ${text}`;
    return name === 'negotiate'
      ? text
      : text.replace(/(?<=^unexpected filter response .*)$/, ` after event ${shownNames[name]}`);
  }

  #misconfigured(problem: string): void {
    const spec = this.#spec;
    this.#parts.log.warning(`milter ${spec.name}: ${problem}`);
    this.#standing = misconfigured('problem' in spec ? undefined : spec.defaultAction);
    this.#close();
  }

  #lost(): void {
    const spec = this.#spec;
    this.#standing =
      'problem' in spec ? misconfigured(undefined) : defaultVerdict(spec.defaultAction);
    this.#close();
  }

  #close(): void {
    this.#state = 'over';
    this.#connection?.end();
    this.#connection = undefined;
  }
}

const shownNames: Readonly<Record<EventName | 'negotiate', string>> = {
  negotiate: 'SMFIC_OPTNEG',
  connect: 'SMFIC_CONNECT',
  helo: 'SMFIC_HELO',
  mail: 'SMFIC_MAIL',
  rcpt: 'SMFIC_RCPT',
  data: 'SMFIC_DATA',
  unknown: 'SMFIC_UNKNOWN',
  header: 'SMFIC_HEADER',
  endOfHeader: 'SMFIC_EOH',
  body: 'SMFIC_BODY',
  endOfBody: 'SMFIC_BODYEOB',
};

const changes = new Set<Response['is']>([
  'add-header',
  'insert-header',
  'change-header',
  'replace-body',
  'change-sender',
  'add-recipient',
  'delete-recipient',
]);

function isChange(response: Response): response is Change {
  return changes.has(response.is);
}
