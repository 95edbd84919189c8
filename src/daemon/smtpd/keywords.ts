/** smtpd/keywords - ESMTP keywords that a client is not offered: smtpd_discard_ehlo_keywords and its address maps. */
import { splitList } from '../../lib/util/list.js';

// In Postfix's order.
const hideable =
  '8BITMIME AUTH ETRN PIPELINING SIZE STARTTLS VERP VRFY XCLIENT XFORWARD ENHANCEDSTATUSCODES DSN SMTPUTF8 CHUNKING'.split(
    ' ',
  );

/** The setting's value, or a table entry. */
export function keywordSet(text: string): ReadonlySet<string> {
  return new Set(splitList(text).map((word) => word.toUpperCase()));
}

/** What the log names; '' where nothing is hidden, or `silent-discard` asks for silence. */
export function hiddenNames(hidden: ReadonlySet<string>): string {
  if (hidden.has('SILENT-DISCARD')) return '';
  return hideable.filter((keyword) => hidden.has(keyword)).join(' ');
}
