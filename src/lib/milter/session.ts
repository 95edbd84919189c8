/**
 * milter/session - all mail filters of one SMTP session, asked in order; the first decision that is not "go on" counts.
 *
 * Each filter has connections of its own for each session: libmilter ties what it knows of a client to its connection.
 * Postfix: milter.c.
 */
import type {
  FilteredMessage,
  MessageMilters,
  MilterVerdict,
} from '../ipc/conversation/milters.js';
import { connectEvent, type ClientAddress, textEvent } from '../protocol/milter/event.js';
import { toOctets } from '../protocol/message/octets.js';
import { Filter, type FilterParts } from './filter.js';
import { type MacroNames, macroPairs, type MacroValue } from './macros.js';
import type { BadMilter, MilterSpec } from './spec.js';
import type { EventName, MacroPairs } from './talk.js';
import { tryLater } from './verdict.js';

export interface MilterSessionParts extends FilterParts {
  readonly names: MacroNames;
  readonly defaults: ReadonlyMap<string, string>;
  /** What a macro stands for at this moment. */
  readonly value: MacroValue;
}

export class MilterSession implements MessageMilters {
  readonly #filters: readonly Filter[];
  readonly #parts: MilterSessionParts;
  readonly #macros: MacroPairs;
  #verdictSoFar: 'hold' | 'discard' | undefined;
  #isInspecting = false;
  #isOver = false;

  constructor(specs: readonly (MilterSpec | BadMilter)[], parts: MilterSessionParts) {
    this.#filters = specs.map((spec) => new Filter(spec, parts));
    this.#parts = parts;
    this.#macros = this.#macrosBy(parts.value);
  }

  /** Connects to the filters and tells them who the client is. */
  async connect(client: ClientAddress): Promise<MilterVerdict | undefined> {
    await Promise.all(this.#filters.map((filter) => filter.connect()));
    return this.#tell('connect', connectEvent(client));
  }

  helo(name: string): Promise<MilterVerdict | undefined> {
    return this.#tell('helo', textEvent('helo', toOctets(name)));
  }

  /** @param words the address in brackets, then ESMTP parameters */
  mail(words: readonly string[]): Promise<MilterVerdict | undefined> {
    return this.#tell('mail', textEvent('mail', ...words.map(toOctets)));
  }

  /** @param isRefused the server has refused it already: only filters that want to know are told */
  rcpt(words: readonly string[], isRefused = false): Promise<MilterVerdict | undefined> {
    return this.#tell('rcpt', textEvent('rcpt', ...words.map(toOctets)), (filter) =>
      isRefused ? filter.wantsRejectedRecipients : true,
    );
  }

  data(): Promise<MilterVerdict | undefined> {
    return this.#tell('data', textEvent('data'));
  }

  unknown(command: string): Promise<MilterVerdict | undefined> {
    return this.#tell('unknown', textEvent('unknown', command));
  }

  /** What a filter that is not asked says all the same: it has refused the client, or was lost. */
  get standing(): MilterVerdict | undefined {
    return this.#filters.find(({ standing }) => standing !== undefined)?.standing;
  }

  get wantsContent(): boolean {
    return (
      this.#verdictSoFar !== 'discard' && this.#filters.some(({ wantsContent }) => wantsContent)
    );
  }

  get verdictSoFar(): 'hold' | 'discard' | undefined {
    return this.#verdictSoFar;
  }

  async inspect(
    message: FilteredMessage,
    decided: (verdict: MilterVerdict) => void,
  ): Promise<MilterVerdict | undefined> {
    // The client left before it was looked at: it was told nothing, and will come again.
    if (this.#isOver) return { is: 'reply', reply: tryLater };
    this.#isInspecting = true;
    try {
      return await this.#inspectByEach(message, decided);
    } finally {
      this.#isInspecting = false;
      this.#endIfLeft();
    }
  }

  /** The message is over, whatever became of it. */
  abort(): void {
    if (this.#isInspecting) return;
    this.#verdictSoFar = undefined;
    for (const filter of this.#filters) filter.abort();
  }

  /** The client has left. A message that is being looked at is looked at to its end: no one slips by in leaving. */
  end(): void {
    this.#isOver = true;
    if (this.#isInspecting) return;
    this.abort();
    this.quit();
  }

  /** Hangs up; the last message has been settled. */
  quit(): void {
    for (const filter of this.#filters) filter.end();
  }

  #endIfLeft(): void {
    if (this.#isOver) this.end();
  }

  async #inspectByEach(
    message: FilteredMessage,
    decided: (verdict: MilterVerdict) => void,
  ): Promise<MilterVerdict | undefined> {
    let hold: MilterVerdict | undefined;
    const { value } = this.#parts;
    const macros = this.#macrosBy((name) => (name === 'i' ? message.queueId : value(name)));
    for (const filter of this.#filters) {
      if (!filter.wantsContent) continue; // its standing verdict was told at MAIL
      const verdict = await filter.inspect(message, macros);
      if (!verdict) continue;
      decided(verdict);
      if (verdict.is !== 'hold') return verdict;
      hold = verdict;
    }
    return hold;
  }

  /** After a decision to drop the message nothing more is asked about it. */
  async #tell(
    name: EventName,
    bytes: Uint8Array,
    isTold: (filter: Filter) => boolean = () => true,
  ): Promise<MilterVerdict | undefined> {
    if (this.#verdictSoFar === 'discard') return undefined;
    for (const filter of this.#filters) {
      if (!isTold(filter)) continue;
      const verdict = await filter.event(name, bytes, this.#macros);
      if (!verdict) continue;
      if (verdict.is === 'hold' || verdict.is === 'discard') this.#verdictSoFar = verdict.is;
      return verdict;
    }
    return undefined;
  }

  #macrosBy(value: MacroValue): MacroPairs {
    const { names, defaults } = this.#parts;
    return (stage, wanted) => macroPairs(names[stage], wanted, value, defaults);
  }
}
