/** mechanism/external - the client certificate has said already who it is. RFC 4422 appendix A. */
import { challenge, failed, type Step } from '../exchange.js';
import { fullName } from '../login.js';
import type { MechanismContext, MechanismMachine } from '../mechanism.js';
import { prepared } from '../prepare.js';

export function createExternal({ certificateName, realms }: MechanismContext): MechanismMachine {
  const step = (response: Buffer): Step => {
    if (certificateName === undefined || certificateName === '')
      return failed('credentials', { detail: 'no verified client certificate' });
    const user = fullName(certificateName, realms);
    const wanted = prepared(response.toString('utf8'));
    if (wanted === '' || fullName(wanted, realms) === user) return { is: 'done', user };
    return failed('credentials', {
      detail: 'Requested identity not authenticated identity',
      user: wanted,
    });
  };
  return { start: (initial) => (initial ? step(initial) : challenge('')), step };
}
