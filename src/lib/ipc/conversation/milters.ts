/**
 * ipc/conversation/milters - what cleanup(8) asks of the mail filters: to look at a finished message.
 *
 * smtpd(8) hands over filters that know the session already; for other mail cleanup has filters of its own.
 * Texts of the message are one char a byte, lines end in LF.
 */
import type { Reply } from '../../protocol/smtp/reply.js';

/** Undefined verdict: go on. */
export type MilterVerdict =
  | { readonly is: 'reply'; readonly reply: Reply }
  /** Take it and put it on hold (quarantine). Not final: later filters see the message still. */
  | { readonly is: 'hold' }
  /** Take it and drop it. */
  | { readonly is: 'discard' }
  /** Answer 421 and hang up. */
  | { readonly is: 'shutdown' };

/** The message as the next filter sees it, and what that filter may change of it. */
export interface FilteredMessage {
  readonly queueId: string;
  /** Header fields in order, without ours on top; names as written, values after the colon, still folded. */
  fields(): Iterable<{ readonly label: string; readonly value: string }>;
  body(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

  addHeader(text: string): Promise<MilterVerdict | undefined>;
  /** `index` 0 is the very top, above our own field. */
  insertHeader(index: number, text: string): Promise<MilterVerdict | undefined>;
  /** `index` counts fields of this name from 1, ours on top left out; undefined text removes it. */
  changeHeader(
    index: number,
    name: string,
    text: string | undefined,
  ): Promise<MilterVerdict | undefined>;
  changeSender(address: string, parameters: string): void;
  addRecipient(address: string, parameters: string): Promise<void>;
  deleteRecipient(address: string): void;
  /** First call: a new body begins. Lines end in CRLF. */
  replaceBody(chunk: Uint8Array): void | Promise<void>;
  /** All of the new body was given; `isWhole` false: it is to be forgotten. */
  endBody(isWhole: boolean): Promise<void>;
}

export interface MessageMilters {
  /** False: no filter wants the content, so nothing need be kept for them. */
  readonly wantsContent: boolean;
  /** A filter said so before the content came. */
  readonly verdictSoFar: 'hold' | 'discard' | undefined;
  /** `log` hears each decision. Undefined: the message goes on. */
  inspect(
    message: FilteredMessage,
    decided: (verdict: MilterVerdict) => void,
  ): Promise<MilterVerdict | undefined>;
}
