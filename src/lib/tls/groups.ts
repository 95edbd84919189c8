/**
 * tls/groups - the groups of the key exchange, best first, as far as the TLS library knows them.
 *
 * Where nothing else is set, the hybrid of X25519 and ML-KEM leads when the library has it (OpenSSL 3.5).
 * Postfix: tls_dh.c. Standards: RFC 8446 section 4.2.7, RFC 7919.
 */
import { createSecureContext } from 'node:tls';
import type { Settings } from '../config/settings.js';
import { splitList } from '../util/list.js';

const hybrid = 'X25519MLKEM768';

/** Names for `ecdhCurve`; '' when the library knows none of them: then its own default holds. */
export function keyExchangeGroups(settings: Settings, grade = 'auto'): string {
  const { source } = settings;
  const curves =
    grade === 'strong'
      ? settings.tls_eecdh_strong_curve
      : grade === 'ultra'
        ? settings.tls_eecdh_ultra_curve
        : settings.tls_eecdh_auto_curves;
  const isDefault = grade === 'auto' && source.origin('tls_eecdh_auto_curves') === undefined;
  const wanted = [
    ...(isDefault ? [hybrid] : []),
    ...splitList(curves.replaceAll(':', ' ')),
    ...splitList(settings.tls_ffdhe_auto_groups.replaceAll(':', ' ')),
  ];
  return [...new Set(wanted)].filter(isKnown).join(':');
}

function isKnown(name: string): boolean {
  try {
    createSecureContext({ ecdhCurve: name });
    return true;
  } catch {
    return false;
  }
}

/** IANA's numbers to the names in Postfix's log. */
const names: ReadonlyMap<number, string> = new Map([
  [0x17, 'ECDHE (prime256v1)'],
  [0x18, 'ECDHE (secp384r1)'],
  [0x19, 'ECDHE (secp521r1)'],
  [0x1a, 'ECDHE (brainpoolP256r1)'],
  [0x1b, 'ECDHE (brainpoolP384r1)'],
  [0x1c, 'ECDHE (brainpoolP512r1)'],
  [0x1d, 'X25519'],
  [0x1e, 'X448'],
  [0x100, 'DHE (2048 bits)'],
  [0x101, 'DHE (3072 bits)'],
  [0x102, 'DHE (4096 bits)'],
  [0x103, 'DHE (6144 bits)'],
  [0x104, 'DHE (8192 bits)'],
  [0x11eb, 'SecP256r1MLKEM768'],
  [0x11ec, hybrid],
  [0x11ed, 'SecP384r1MLKEM1024'],
]);

const groupTag = 0xb3; // [19] EXPLICIT of OpenSSL's SSL_SESSION: kex_group

/** The group of a session, from its DER form; '' where it does not say. */
export function groupOfSession(session: Uint8Array | undefined): string {
  if (!session) return '';
  // SEQUENCE { … }: walks over its members, a handful of them.
  let position = 0;
  const length = (): number => {
    const first = session[position++] ?? 0;
    if (first < 0x80) return first;
    let size = 0;
    for (let count = first & 0x7f; count > 0; count -= 1)
      size = size * 256 + (session[position++] ?? 0);
    return size;
  };
  if (session[position++] !== 0x30) return '';
  length();
  while (position < session.length) {
    const tag = session[position++];
    const size = length();
    if (tag === groupTag) {
      let number = 0;
      for (const byte of session.subarray(position + 2, position + size))
        number = number * 256 + byte;
      return names.get(number) ?? `group ${number}`;
    }
    position += size;
  }
  return '';
}
