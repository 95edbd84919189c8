/** local/expand - `$home/.forward${recipient_delimiter}${extension}` and the like for one recipient; pure. */
import { expand } from '../../lib/config/expand.js';
import { own } from '../../lib/util/own.js';
import type { Rights } from './core.js';
import type { Place } from './place.js';

export type Macros = Readonly<Record<string, string | undefined>>;

/** The names that local(8) lists; `user` is undefined where there is no account. */
export function macrosOf(
  address: string,
  place: Place,
  user: Pick<Rights, 'home' | 'shell'> | undefined,
): Macros {
  return {
    user: place.user,
    home: user?.home,
    shell: user?.shell,
    local: place.local,
    domain: place.domain,
    extension: place.extension,
    recipient: address,
    // Only where there is something to delimit.
    recipient_delimiter:
      place.extension === undefined
        ? undefined
        : place.local.slice(place.user.length, place.user.length + 1),
  };
}

/**
 * An unset value expands to nothing; characters of a value that `filter` does not list become `_`.
 * @throws {ExpandError}
 */
export function expandFor(template: string, macros: Macros, filter: string | undefined): string {
  // A value is text: what stands in it is not expanded again.
  return expand(template, (name) => {
    const value = own(macros, name);
    if (value === undefined) return undefined;
    const safe = filter === undefined ? value : onlyAllowed(value, filter);
    return safe.replaceAll('$', '$$$$');
  });
}

/** Characters that `allowed` does not list become `_`. */
export function onlyAllowed(value: string, allowed: string): string {
  let safe = '';
  for (const char of value) safe += allowed.includes(char) ? char : '_';
  return safe;
}
