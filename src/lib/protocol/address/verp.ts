/**
 * address/verp - variable envelope return paths: each recipient's copy has a sender of its own.
 *
 * `list@us` to `bob@them` becomes `list+bob=them@us`, so that a bounce tells by its address alone who cannot be reached.
 * Addresses in internal form; pure. Postfix: verp_sender.c, VERP_README.
 */
import { splitAddress } from './quote.js';

/** @param delimiters two characters: before the recipient, and in place of its `@` */
export function verpSender(sender: string, delimiters: string, recipient: string): string {
  const own = splitAddress(sender);
  const other = splitAddress(recipient);
  const [first = '', second = ''] = delimiters;
  const theirs = other.domain === undefined ? '' : `${second}${other.domain}`;
  const ours = own.domain === undefined ? '' : `@${own.domain}`;
  return `${own.local}${first}${other.local}${theirs}${ours}`;
}

/** @param allowed verp_delimiter_filter */
export function areVerpDelimiters(text: string, allowed: string): boolean {
  return text.length === 2 && allowed.includes(text.charAt(0)) && allowed.includes(text.charAt(1));
}
