/** sendmail/user - who runs the command: login name and full name. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import process from 'node:process';
import { fatal } from './options.js';

export interface Submitter {
  readonly uid: number;
  readonly name: string;
}

/** @throws {FatalError} an account without a name */
export function submitter(): Submitter {
  const uid = process.getuid?.() ?? 0;
  try {
    return { uid, name: os.userInfo().username };
  } catch {
    throw fatal(`no login name found for user ID ${uid}`);
  }
}

/** From the NAME variable, or the account: its first part; `&` is the login name with a capital. */
export function fullName({ name }: Submitter): string | undefined {
  const given = process.env['NAME'];
  if (given !== undefined && given !== '') return oneLine(given);
  const gecos = gecosOf(name);
  if (gecos === undefined) return undefined;
  const capital = name.slice(0, 1).toUpperCase() + name.slice(1);
  const first = /^[^,;%]*/.exec(gecos)?.[0] ?? '';
  return first === '' ? undefined : oneLine(first.replaceAll('&', capital));
}

/** The file alone is asked: to load what reaches LDAP would take longer than all else that sendmail does. */
function gecosOf(name: string): string | undefined {
  try {
    const text = `\n${readFileSync('/etc/passwd', 'utf8')}`;
    const start = text.indexOf(`\n${name}:`);
    if (start < 0) return undefined;
    return text.slice(start + 1, text.indexOf('\n', start + 1)).split(':')[4];
  } catch {
    return undefined;
  }
}

export function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').slice(0, 1000);
}
