/**
 * protocol/smtp/server-machine - the server half of an SMTP conversation as seen from outside.
 *
 * Bytes in, events out, no I/O. Nothing is parsed until next() is called; while a reply is owed
 * next() gives nothing, so pipelining needs no other code. Implementation: protocol/smtp/server.
 * Standards: RFC 5321, RFC 2920, RFC 3030.
 */
import type { Reply } from './reply.js';

/** What the peer did against the protocol; settings decide what follows. */
export type Violation =
  /** A line longer than `maxLine` (the rest of it is skipped). */
  | 'line-too-long'
  /** LF without CR ended a command or a content line. Told of once a command or message. */
  | 'bare-newline';

export type ServerEvent =
  /**
   * A command line. `verb` is upper case ('' for an empty line), `argument` is the rest, as received, without the
   * line end, as Latin-1 text (one char a byte). A reply is owed.
   */
  | {
      readonly is: 'command';
      readonly verb: string;
      readonly argument: string;
      readonly line: string;
    }
  /** A line within an AUTH exchange (after continueWithLine()); of one too long, its start. A reply is owed. */
  | { readonly is: 'line'; readonly line: string; readonly isTooLong: boolean }
  /** Message content after DATA (dots removed) or BDAT; lines end in LF, `lineEnds` of them. No reply is owed. */
  | { readonly is: 'content'; readonly chunk: Uint8Array; readonly lineEnds: number }
  /** All of DATA, or of one BDAT chunk (`last` says whether it was the LAST), has come. A reply is owed. */
  | { readonly is: 'content-end'; readonly last: boolean; readonly wireBytes: number }
  /** Reported once a line at most; no reply is owed. */
  | { readonly is: 'violation'; readonly violation: Violation; readonly text: string };

export type BareNewline = 'no' | 'normalize' | 'reject';

export interface ServerMachineOptions {
  /** Longest command line in bytes (line_length_limit). */
  readonly maxLine: number;
  /**
   * What a bare LF means (smtpd_forbid_bare_newline). `normalize` and `reject` end content at CRLF . CRLF only;
   * `reject` reports a violation.
   */
  readonly bareNewline: BareNewline;
}

export interface ServerMachine {
  receive(bytes: Uint8Array): void;
  /** Undefined: more bytes, or a reply, are needed first. */
  next(): ServerEvent | undefined;
  /** Bytes of the answer to the event just taken (or of the greeting). 354 starts dot-terminated content. */
  reply(reply: Reply): Uint8Array;
  /** After reply(334 …): the next line is a `line` event, not a command; it may have `maxLine` bytes. */
  continueWithLine(maxLine: number): void;
  /** Answers BDAT: `size` bytes of content follow at once, without a reply before them. */
  startChunk(size: number, last: boolean): void;
  /** Drops `size` bytes of a refused BDAT before the next command. */
  skipChunk(size: number): void;
  /** After reply(220 …) to STARTTLS: drops buffered plaintext; says how many bytes there were (CVE-2011-0411). */
  startTls(): number;
  /** From now on bare newlines are line ends like any other (smtpd_forbid_bare_newline_exclusions). */
  allowBareNewline(): void;
  /** The first bytes that are received and not yet parsed, as Latin-1 text. */
  peek(limit: number): string;
  /** Bytes received and not yet parsed: bounded by the caller, who stops reading above a limit. */
  readonly buffered: number;
}
