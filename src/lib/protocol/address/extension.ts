/** protocol/address/extension - `user+box` as user and extension; postconf(5) recipient_delimiter. */

export interface ExtendedLocal {
  readonly user: string;
  readonly extension: string | undefined;
  readonly delimiter: string;
}

// Names that are never split: their `-` belongs to them. Postfix: split_addr(3).
const reserved = new Set(['postmaster', 'mailer-daemon', 'double-bounce']);

/**
 * Splits at the first of the delimiter characters. With `ownerRequestSpecial` (owner_request_special) `owner-list` and
 * `list-request` stay whole where `-` is a delimiter.
 */
export function splitExtension(
  local: string,
  delimiters: string,
  ownerRequestSpecial = true,
): ExtendedLocal {
  const whole: ExtendedLocal = { user: local, extension: undefined, delimiter: '' };
  if (delimiters === '') return whole;
  const at = firstOf(local, delimiters);
  if (at <= 0 || reserved.has(local.toLowerCase())) return whole;
  if (ownerRequestSpecial && delimiters.includes('-') && isListName(local)) return whole;
  return { user: local.slice(0, at), extension: local.slice(at + 1), delimiter: local[at] ?? '' };
}

function isListName(local: string): boolean {
  return /^owner-./i.test(local) || /.-request$/i.test(local);
}

function firstOf(text: string, chars: string): number {
  if (chars.length === 1) return text.indexOf(chars);
  for (let index = 0; index < text.length; index += 1)
    if (chars.includes(text[index] ?? '')) return index;
  return -1;
}
