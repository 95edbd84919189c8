/**
 * auth/login - the name of a login and its realm. Cyrus SASL's rules, which the guide warns of.
 *
 * `smtpd_sasl_local_domain` is the realm of names without one. Without it sasldb is asked for the name under this
 * host's name, and saslauthd gets no realm at all.
 */

export interface Realms {
  /** smtpd_sasl_local_domain; may be ''. */
  readonly localDomain: string;
  /** myhostname: the realm of sasldb when there is no other. */
  readonly hostname: string;
}

/** How logs, restrictions and the Received header name a login. */
export function fullName(name: string, { localDomain }: Realms): string {
  return name.includes('@') || localDomain === '' ? name : `${name}@${localDomain}`;
}

export interface Account {
  readonly user: string;
  readonly realm: string;
}

/** Whom a table of accounts knows by this full name. */
export function accountOf(name: string, { hostname }: Realms): Account {
  const at = name.indexOf('@');
  if (at < 0) return { user: name, realm: hostname };
  return { user: name.slice(0, at), realm: name.slice(at + 1) };
}

/** As saslauthd is asked: the realm stands by itself, and is empty when the name has none. */
export function splitRealm(name: string): Account {
  const at = name.lastIndexOf('@');
  if (at < 0) return { user: name, realm: '' };
  return { user: name.slice(0, at), realm: name.slice(at + 1) };
}

/** Nothing but blanks, or what no account is called. */
export function isUsableName(name: string): boolean {
  return name.trim() !== '' && name.length <= 1024 && !/[\x00-\x1f\x7f]/.test(name);
}
