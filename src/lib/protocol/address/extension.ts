/** protocol/address/extension - `user+box` as user and extension; postconf(5) recipient_delimiter. */

export interface ExtendedLocal {
  readonly user: string;
  readonly extension: string | undefined;
  readonly delimiter: string;
}

// Names that are never split: their `-` belongs to them. Postfix: split_addr(3).
const reserved = new Set(['postmaster', 'mailer-daemon', 'double-bounce']);

/** Splits at the first of the delimiter characters; `owner-list` and `list-request` only where the delimiter is not `-`. */
export function splitExtension(local: string, delimiters: string): ExtendedLocal {
  const whole: ExtendedLocal = { user: local, extension: undefined, delimiter: '' };
  if (delimiters === '' || reserved.has(local.toLowerCase())) return whole;
  if (delimiters.includes('-') && (/^owner-/i.test(local) || /-request$/i.test(local)))
    return whole;
  const places = [...delimiters]
    .map((delimiter) => local.indexOf(delimiter))
    .filter((place) => place > 0);
  if (places.length === 0) return whole;
  const at = Math.min(...places);
  return { user: local.slice(0, at), extension: local.slice(at + 1), delimiter: local[at] ?? '' };
}
