/**
 * protocol/milter/reply-text - a filter's own SMTP reply (SMFIR_REPLYCODE).
 *
 * Sendmail takes it as a format, so filters write `%%` for `%`; a single `%` falls out. Several lines are one reply.
 */
import type { Reply } from '../smtp/reply.js';

const head = /^([45]\d\d)[ -]((?:[45]\.\d{1,3}\.\d{1,3})(?=\s|$))?/;

/** Undefined: not a reply that refuses, in SMTP's form. */
export function parseReplyText(given: string): Reply | undefined {
  const text = given.replace(/%(%?)/g, '$1');
  const lines = text.split(/\r?\n/).filter((line, index) => index === 0 || line !== '');
  const first = head.exec(lines[0] ?? '');
  const code = first?.[1] ?? '';
  // RFC 2034 section 4: the class of the enhanced code is that of the reply.
  if (!first || lines[0]?.[4] !== code[0]) return undefined;
  const enhanced = first[2] ?? '';
  const start = code;
  return {
    code: Number(code),
    enhanced,
    lines: lines.map((line) => printable(withoutHead(line, start, enhanced))),
  };
}

function withoutHead(line: string, code: string, enhanced: string): string {
  const rest = line.startsWith(code) ? line.slice(code.length + 1) : line;
  if (enhanced === '' || !rest.startsWith(enhanced)) return rest;
  return rest.slice(enhanced.length).replace(/^ /, '');
}

function printable(text: string): string {
  return text.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, '?');
}
