/** dict/client/ldap-quote - keys inside of search filters and distinguished names; LDAP URLs; pure. */
import { own } from '../../util/own.js';
import type { LdapScope } from './ldap-connection.js';

/** RFC 4515 section 3: these characters as their hex code. */
export function quoteFilter(text: string): string {
  return text.replace(/[\0()*\\]/g, hexCode);
}

/** RFC 4514 section 2.4. */
export function quoteDn(text: string): string {
  return text.replace(/["+,;<=>\\]|^[ #]| $/g, (char) => `\\${char}`).replaceAll('\0', '\\00');
}

function hexCode(char: string): string {
  return `\\${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

export interface LdapUrl {
  readonly base: string;
  /** None: all. */
  readonly attributes: readonly string[];
  readonly scope: LdapScope;
  readonly filter: string;
}

/** RFC 4516; the host is not looked at. Undefined: no such URL. */
export function parseLdapUrl(text: string): LdapUrl | undefined {
  const found = /^ldaps?:\/\/[^/?]*(?:\/([^?]*)(?:\?([^?]*)(?:\?([^?]*)(?:\?([^?]*))?)?)?)?/i.exec(
    text,
  );
  if (!found) return undefined;
  try {
    const [base = '', attributes = '', scope = '', filter = ''] = found
      .slice(1)
      .map((part: string | undefined) => decodeURIComponent(part ?? ''));
    const scopes: Readonly<Record<string, LdapScope>> = {
      '': 'base',
      base: 'base',
      one: 'one',
      sub: 'sub',
    };
    const known = own(scopes, scope.toLowerCase());
    if (!known) return undefined;
    return {
      base,
      attributes: attributes.split(',').filter((each) => each !== '' && each !== '*'),
      scope: known,
      filter: filter === '' ? '(objectClass=*)' : filter,
    };
  } catch {
    return undefined; // no percent encoding
  }
}
