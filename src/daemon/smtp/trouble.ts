/** smtp/trouble - why something could not be delivered, in Postfix's words. Postfix: smtp_trouble.c. */
import type { ServerReply } from '../../lib/protocol/smtp/client.js';

export interface Why {
  /** RFC 3463; its first digit decides between another attempt and a bounce. */
  readonly dsn: string;
  readonly text: string;
  /** What the server said, when it was the server that refused. */
  readonly diagnostic?: string;
  /** The trouble is the site's, not this message's: the destination's window shrinks. */
  readonly ofSite: boolean;
  /** TLS could not be begun: at level may the mail may go without. */
  readonly isHandshake?: true;
}

/** Trouble that ends a conversation or a look-up. */
export class Trouble extends Error {
  readonly why: Why;

  constructor(dsn: string, text: string, ofSite: boolean) {
    super(text);
    this.why = { dsn, text, ofSite };
  }
}

/** `host mx[192.0.2.1] said: 550 5.1.1 no (in reply to RCPT TO command)` */
export function said(server: string, reply: ServerReply, request: string): Why {
  return ofReply(reply, `host ${server} said: ${reply.text} (in reply to ${request})`, false);
}

/** `host mx[192.0.2.1] refused to talk to me: 421 4.3.2 too busy` */
export function refusedToTalk(server: string, reply: ServerReply): Why {
  return ofReply(reply, `host ${server} refused to talk to me: ${reply.text}`, true);
}

/** A success where there should be none is a server in disorder. */
function ofReply(reply: ServerReply, text: string, ofSite: boolean): Why {
  const diagnostic = reply.text;
  if (reply.dsn.startsWith('2'))
    return { dsn: '5.5.0', text: `Protocol error: ${text}`, diagnostic, ofSite };
  return { dsn: reply.dsn, text, diagnostic, ofSite };
}

export function isSoft(why: Pick<Why, 'dsn'>): boolean {
  return why.dsn.startsWith('4');
}

/** The same as trouble that may pass. */
export function softened(why: Why, dsn = `4${why.dsn.slice(1)}`): Why {
  return { ...why, dsn };
}
