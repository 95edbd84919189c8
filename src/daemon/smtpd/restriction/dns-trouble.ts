/** restriction/dns-trouble - why a lookup gave nothing, in the words of the C library, which Postfix passes on. */
import type { DnsAnswer } from '../../../lib/dns/resolver.js';

/** Of a question to the DNS. */
export function dnsTrouble(answer: DnsAnswer): string {
  switch (answer.is) {
    case 'no-host':
      return 'Host not found';
    case 'try-again':
      return answer.filtered ? 'DNS reply filter policy' : 'Host not found, try again';
    case 'failed':
      return 'Non-recoverable error';
    case 'no-data':
    case 'found':
      return 'Host found but no data record of requested type';
  }
}

/** Of a host name to which addresses were wanted. */
export function addressTrouble(is: DnsAnswer['is']): string {
  if (is === 'try-again') return 'Temporary failure in name resolution';
  return is === 'no-data' ? 'No address associated with hostname' : 'Name or service not known';
}
