/**
 * tls/protocols - `smtpd_tls_protocols` and its like as a range of versions.
 *
 * Both ways of writing are read: bounds (`>=TLSv1.2, <=TLSv1.3`) and lists (`!SSLv2, !SSLv3`, `TLSv1.2 TLSv1.3`).
 * A list of exclusions alone leaves TLS 1.2 as the floor: who excluded SSLv3 in 2014 did not ask for TLS 1.0 today.
 * Older versions are to be had by naming them: `>=TLSv1`. Postfix: tls_proto_mask_lims(). RFC 8996.
 */
import type { SecureVersion } from 'node:tls';
import { splitList } from '../util/list.js';
import { TlsError } from './tls-error.js';

const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const satisfies SecureVersion[];
const floor = versions.indexOf('TLSv1.2');

export interface VersionRange {
  readonly min: SecureVersion;
  readonly max: SecureVersion;
}

/** Index in `versions`; what is older than TLSv1 is below all of them. */
function indexOf(name: string, setting: string): number {
  const wanted = name.toLowerCase().replace(/^tlsv1\.0$/, 'tlsv1');
  if (wanted === 'sslv2' || wanted === 'sslv3') return -1;
  // OpenSSL's numbers: 0301 is TLS 1.0.
  const number = /^(?:0x)?030([1-4])$/.exec(wanted)?.[1];
  const index =
    number === undefined
      ? versions.findIndex((version) => version.toLowerCase() === wanted)
      : Number(number) - 1;
  if (index < 0)
    throw new TlsError(
      `${setting}: unknown protocol "${name}"; write a bound such as >=TLSv1.2, or names among ${versions.join(', ')}`,
    );
  return index;
}

/** @param setting for the error: `smtpd_tls_protocols = >=TLSv1.2` @throws {TlsError} */
export function versionRange(text: string, setting: string): VersionRange {
  let low: number | undefined;
  let high = versions.length - 1;
  let names = false;
  const included: number[] = [];
  const excluded = new Set<number>();
  for (const word of splitList(text.replaceAll(':', ' '))) {
    const match = /^(>=|<=|!)?(.*)$/.exec(word);
    const index = indexOf(match?.[2] ?? '', setting);
    if (match?.[1] === '>=') low = Math.max(0, index);
    else if (match?.[1] === '<=') high = index;
    else if (match?.[1] === '!') excluded.add(index);
    else {
      names = true;
      included.push(index);
    }
  }
  const allowed = versions
    .map((_, index) => index)
    .filter((index) => index <= high && !excluded.has(index))
    .filter((index) => (names ? included.includes(index) : index >= (low ?? floor)));
  const max = allowed.at(-1);
  if (max === undefined) throw new TlsError(`${setting}: no protocol is left`);
  // One range without holes: the newest run.
  let min = max;
  while (allowed.includes(min - 1)) min -= 1;
  return { min: versions[min] ?? 'TLSv1.2', max: versions[max] ?? 'TLSv1.3' };
}
