/** cleanup/refusal - why a message is not taken; smtpd says it after `Error: `. Postfix: cleanup_strerror.c. */
import { type Reply, reply } from '../../lib/protocol/smtp/reply.js';

export interface Refusal {
  readonly code: number;
  readonly enhanced: string;
  readonly text: string;
  /** What the client is told in just these words. */
  readonly reply?: Reply;
}

export function refusalOf(reply: Reply): Refusal {
  const { code, enhanced, lines } = reply;
  return { code, enhanced, text: lines.join(' '), reply };
}

export const refusals = {
  noRecipients: { code: 550, enhanced: '5.1.0', text: 'no recipients specified' },
  tooManyHops: { code: 554, enhanced: '5.4.0', text: 'too many hops' },
  tooBig: { code: 552, enhanced: '5.3.4', text: 'message file too big' },
  full: { code: 452, enhanced: '4.3.1', text: 'Insufficient system storage' },
  writeFailed: { code: 451, enhanced: '4.3.0', text: 'queue file write error' },
  configuration: { code: 451, enhanced: '4.3.5', text: 'Error: server configuration error' },
  aliasExpansion: refusalOf(reply(451, '4.6.0', 'Alias expansion error')),
} as const satisfies Record<string, Refusal>;

/** Thrown by a stage that finds the message unfit; its cause has been logged. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.text);
    this.refusal = refusal;
  }
}
