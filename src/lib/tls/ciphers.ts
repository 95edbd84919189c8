/**
 * tls/ciphers - cipher grades as OpenSSL's cipher lists.
 *
 * TLS 1.3 has its own three suites, which these settings do not touch, as in Postfix. Security level 1 of the library
 * keeps anonymous and broken ciphers out whatever the list says; only a range that goes below TLS 1.2 lowers it.
 */
import type { Settings } from '../config/settings.js';
import { splitList } from '../util/list.js';
import { TlsError } from './tls-error.js';
import type { VersionRange } from './protocols.js';

/** @param setting for the error: `smtpd_tls_ciphers` @throws {TlsError} unknown grade */
export function cipherList(
  settings: Settings,
  grade: string,
  exclusions: readonly string[],
  range: VersionRange,
  setting: string,
): string {
  const base = gradeList(settings, grade.toLowerCase());
  if (base === undefined)
    throw new TlsError(
      `${setting} = ${grade}: unknown cipher grade; write high, medium, low, export or null`,
    );
  const excluded = exclusions.flatMap((text) => splitList(text.replaceAll(':', ' ')));
  const parts = [base, ...excluded.map((name) => `!${name.replace(/^!/, '')}`)];
  if (range.min === 'TLSv1' || range.min === 'TLSv1.1') parts.push('@SECLEVEL=0');
  return parts.join(':');
}

function gradeList(settings: Settings, grade: string): string | undefined {
  switch (grade) {
    case 'high':
      return settings.tls_high_cipherlist;
    case 'medium':
      return settings.tls_medium_cipherlist;
    case 'low':
      return settings.tls_low_cipherlist;
    case 'export':
      return settings.tls_export_cipherlist;
    case 'null':
      return settings.tls_null_cipherlist;
    default:
      return undefined;
  }
}

/** Bits of a cipher, used and of its algorithm, as Postfix logs them; from its name, for Node does not tell. */
export function cipherBits(name: string): readonly [used: number, algorithm: number] {
  if (/NULL/.test(name)) return [0, 0];
  if (/3DES|DES-CBC3/.test(name)) return [112, 168];
  if (/256|CHACHA20/.test(name.replace(/SHA\d+$/, ''))) return [256, 256];
  return [128, 128];
}
