/** milter/talk - a filter as those see it who show it a message. Implementation: milter/filter. */
import type { FilteredMessage, MilterVerdict } from '../ipc/conversation/milters.js';
import type { CommandName, MacroStage } from '../protocol/milter/numbers.js';

export type EventName = Exclude<CommandName, 'abort' | 'macro' | 'negotiate' | 'quit'>;

/** Macro values for an event: name, value, name, value, … `wanted`: the filter's own list of names. */
export type MacroPairs = (stage: MacroStage, wanted: string | undefined) => readonly string[];

export interface FilterTalk {
  /** Whether the filter has asked for this option. */
  wants(bit: number): boolean;
  /** It takes part in the message. */
  readonly isListening: boolean;
  /** It was lost, or wants no more of this session. */
  readonly isOver: boolean;
  /** It wants no more of this body. */
  readonly skipsBody: boolean;
  /** The macros of an event, as the packet that goes before it; undefined: this version has no such event. */
  macros(name: EventName, pairs: MacroPairs): Uint8Array | undefined;
  /**
   * One event and its answer. `message`: the one that changes apply to, at its end.
   * @param macros sent before it, also when the filter does not want the event itself
   */
  exchange(
    name: EventName,
    bytes: Uint8Array,
    macros: Uint8Array | undefined,
    message: FilteredMessage | undefined,
  ): Promise<MilterVerdict | undefined>;
}
