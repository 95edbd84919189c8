/**
 * protocol/smtp/reply - an SMTP reply as data.
 *
 * The same type is what our server sends and what our client reads.
 * Standards: RFC 5321 section 4.2, RFC 2034, RFC 3463.
 */

export interface Reply {
  /** 200 to 599. */
  readonly code: number;
  /** `5.7.1`, or '' where the reply has none (220, 250 after EHLO, 354). */
  readonly enhanced: string;
  /** At least one; printable, without CR or LF. */
  readonly lines: readonly string[];
}

export function reply(code: number, enhanced: string, ...lines: string[]): Reply {
  return { code, enhanced, lines };
}

/** The text of a reply on one line, as logs and bounces quote it: `550 5.1.1 no such user`. */
export function replyText(answer: Reply): string {
  const enhanced = answer.enhanced === '' ? '' : `${answer.enhanced} `;
  return `${answer.code} ${enhanced}${answer.lines.join(' ')}`;
}

/** A line end would begin another reply; other controls say nothing to a client. */
function printable(line: string): string {
  return controls.test(line) ? line.replace(/[\r\n]/g, ' ').replace(allControls, '?') : line;
}

const controls = /[\x00-\x08\x0a-\x1f\x7f]/;
const allControls = /[\x00-\x08\x0a-\x1f\x7f]/g;

/** The reply on the wire; every line of a several-line reply carries the enhanced code (RFC 2034 section 4). */
export function serializeReply(answer: Reply): Buffer {
  const enhanced = answer.enhanced === '' ? '' : `${answer.enhanced} `;
  const last = answer.lines.length - 1;
  const lines = answer.lines.map(
    (line, index) => `${answer.code}${index === last ? ' ' : '-'}${enhanced}${printable(line)}\r\n`,
  );
  return Buffer.from(lines.join(''));
}
