/** smtp/trouble - what goes wrong with a server, in Postfix's words. */
import type { Reply } from '../../lib/protocol/smtp/reply.js';
import { replyText } from '../../lib/protocol/smtp/reply.js';

/** Trouble that concerns the server or the whole transaction, not one recipient. */
export class Trouble extends Error {
  readonly dsn: string;
  /** The server, not this message: another server may do, and the destination's window shrinks. */
  readonly ofSite: boolean;
  readonly reply: Reply | undefined;

  constructor(
    dsn: string,
    text: string,
    options: { readonly ofSite: boolean; readonly reply?: Reply },
  ) {
    super(text);
    this.dsn = dsn;
    this.ofSite = options.ofSite;
    this.reply = options.reply;
  }
}

/** `host mx[192.0.2.1] said: 550 5.1.1 no (in reply to RCPT TO command)` */
export function said(server: string, answer: Reply, command: string): string {
  return `host ${server} said: ${replyText(answer)} (in reply to ${command} command)`;
}

/** The enhanced code of a reply, or one made of its class. */
export function dsnOf(answer: Reply): string {
  if (answer.enhanced !== '') return answer.enhanced;
  return `${String(answer.code).slice(0, 1)}.0.0`;
}
