/** cleanup/message - one message as the stages see it: what is known of it, and what they decide. */
import type { CleanupOptions } from '../../lib/ipc/conversation/cleanup.js';
import type { Envelope, Recipient } from '../../lib/ipc/envelope.js';
import type { HeaderField } from '../../lib/protocol/message/header.js';
import type { MilterSession } from '../../lib/milter/session.js';
import type { MimeProblem } from '../../lib/protocol/message/mime-body.js';
import type { AddressPlace } from './canonical.js';
import type { CleanupCore } from './core.js';
import type { Refusal } from './refusal.js';

export interface Message {
  readonly core: CleanupCore;
  readonly options: CleanupOptions;
  readonly queueId: string;
  envelope: Envelope;
  /** As given by the client, then as the envelope stages change them. */
  recipients: Recipient[];
  /** Finished header text, one char a byte, that waits to be written; lines without line ends. */
  readonly lines: string[];
  /** Names (lower case) of fields that stages ask about, also of dropped ones. */
  readonly seen: Set<string>;
  /** The message has Resent- fields: those are what is completed and believed. */
  isResent: boolean;
  /** The header has bytes beyond ASCII. */
  hasUtf8Header: boolean;
  /** Received fields, ours included. */
  hops: number;
  /** Recipients named by the header, for extractRecipients. */
  readonly named: { plain: string[]; resent: string[] };
  /** Put it on hold; take it and drop it. */
  hold: boolean;
  discard: boolean;
  /** Whether header_checks and body_checks are asked about what is still to come. */
  isChecked: boolean;
  /** They decided in such a way that mail filters are not asked either. */
  isFilteredNoMore: boolean;
  /** What is wrong with the format; the message is refused for it at its end. */
  readonly problems: Set<MimeProblem>;
  /** Addresses that they want copies to go to. */
  readonly copies: string[];
  /** Values of the message's own fields; '' without one. */
  contentType: string;
  contentEncoding: string;
  /** Mail filters that hear of this message alone (non_smtpd_milters). */
  ownMilters: MilterSession | undefined;
  /** The recipient that they are being told of. */
  milterRecipient: string | undefined;
  /** Set by the first stage that will not have the message. */
  refusal: Refusal | undefined;
}

/** A step of cleanup. Stages run in the order of stages.ts; all of their hooks are optional. */
export interface Stage {
  readonly name: string;
  /** Before the content: what comes first. */
  readonly begin?: (message: Message) => void;
  /** Also before the content, where tables must be asked (needsTables). @throws {LookupError} @throws {Refused} */
  readonly beginSlowly?: (message: Message) => Promise<void>;
  /** In place of `field` where tables must be asked. @throws {LookupError} @throws {Refused} */
  readonly fieldSlowly?: (field: HeaderField, message: Message) => Promise<HeaderField | undefined>;
  /** What goes on of a header field; undefined drops it. */
  readonly field?: (field: HeaderField, message: Message) => HeaderField | undefined;
  /** After the last header field: what is added. */
  readonly headerEnd?: (message: Message) => void;
  /** After all content: the envelope. @throws {LookupError} a table is in trouble @throws {Refused} */
  readonly envelope?: (message: Message) => void | Promise<void>;
}

/** Whether canonical_maps or masquerading may change addresses there. */
export function usesCanonical({ core, options }: Message, place: AddressPlace): boolean {
  return core.canonical?.appliesTo(place) === true && !options.overrides.noAddressMappings;
}

/** Whether tables are asked while the content comes by; if not, it takes the short way. */
export function needsTables(message: Message): boolean {
  const { core, options } = message;
  if (core.canonical && !options.overrides.noAddressMappings) return true;
  return message.isChecked;
}
