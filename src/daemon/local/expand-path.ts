/** local/expand-path - `$home/.forward${recipient_delimiter}${extension}` and the like for one recipient; pure. */
import { expand } from '../../lib/config/expand.js';

// Characters that a value from outside may bring into a path or a command: postconf(5) forward_expansion_filter.
const allowed = /[^0-9A-Za-z!@%+=:,./_-]/g;

/** Values are filtered; an unset value expands to nothing. @throws {ExpandError} */
export function expandForRecipient(
  template: string,
  values: Readonly<Record<string, string | undefined>>,
): string {
  return expand(template, (name) => values[name]?.replace(allowed, '_').replaceAll('$', ''));
}
