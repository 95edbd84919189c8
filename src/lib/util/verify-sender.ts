/**
 * util/verify-sender - the sender of address probes, which may change with time (address_verify_sender_ttl); pure.
 *
 * So that an address that spammers have learned is of no use later. Postfix: verify_sender_addr.c.
 */

const digits = '0123456789BCDFGHJKLMNPQRSTVWXYZ'; // 31, without vowels: no words
const keptEpochs = 2; // the one of now, and the one before

/** @param text address_verify_sender; @param ttl seconds; 0: it never changes */
export function verifySender(text: string, ttl: number, now: number): string {
  const bare = text.replace(/^<(.*)>$/, '$1');
  return ttl > 0 && bare !== '' ? atEpoch(bare, Math.floor(now / 1000 / ttl)) : bare;
}

/** Whether mail to this address, of ours, answers a probe. */
export function isVerifySender(local: string, text: string, ttl: number, now: number): boolean {
  const lower = local.toLowerCase();
  for (let back = 0; back < keptEpochs; back += 1) {
    const [own = ''] = verifySender(text, ttl, now - back * ttl * 1000).split('@');
    if (own !== '' && own.toLowerCase() === lower) return true;
  }
  return false;
}

function atEpoch(address: string, epoch: number): string {
  const at = address.lastIndexOf('@');
  const local = at < 0 ? address : address.slice(0, at);
  return `${local}${inBase31(epoch)}${at < 0 ? '' : address.slice(at)}`;
}

function inBase31(value: number): string {
  let text = '';
  for (let rest = value; rest > 0; rest = Math.floor(rest / digits.length))
    text = (digits[rest % digits.length] ?? '') + text;
  return text || '0';
}
