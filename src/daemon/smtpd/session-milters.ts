/** smtpd/session-milters - the mail filters of a session, as its commands see them. Made by: smtpd/milter. */
import type { MilterSession } from '../../lib/milter/session.js';
import type { Reply } from '../../lib/protocol/smtp/reply.js';

/** Each answers what the client is told instead; undefined: go on. */
export interface SessionMilters {
  /** cleanup(8) shows them the message. */
  readonly session: MilterSession;
  helo(name: string, verb: 'HELO' | 'EHLO'): Promise<Reply | undefined>;
  /** @param words the address as given, then the parameters */
  mail(sender: string, words: readonly string[]): Promise<Reply | undefined>;
  /** @param refused what the server answers already */
  rcpt(
    recipient: string,
    words: readonly string[],
    refused: Reply | undefined,
  ): Promise<Reply | undefined>;
  data(): Promise<Reply | undefined>;
  /** A command that nobody knows. */
  unknown(verb: string): Promise<Reply | undefined>;
  /** What other commands are answered with when a filter has refused the client. */
  standing(): Reply | undefined;
  /** The client has left. */
  end(): void;
}

/** The words of MAIL or RCPT as filters see them: the path as it was given, then the parameters. */
export function milterWords(given: string, rest: string): string[] {
  const path = given.slice(0, given.length - rest.length).trim();
  const parameters = rest.split(/\s+/).filter((word) => word !== '');
  return [path, ...parameters];
}
