/** mechanism/plain - name and password in one message: `authzid NUL authcid NUL password`. RFC 4616. */
import { challenge, failed, type Step } from '../exchange.js';
import { fullName } from '../login.js';
import type { MechanismContext, MechanismMachine } from '../mechanism.js';
import { prepared } from '../prepare.js';
import { checkPassword } from './password.js';

export function createPlain(context: MechanismContext): MechanismMachine {
  const step = (response: Buffer): Step | Promise<Step> => check(context, response);
  return { start: (initial) => (initial ? step(initial) : challenge('')), step };
}

async function check(context: MechanismContext, response: Buffer): Promise<Step> {
  const [authorize = '', name, password, ...more] = response.toString('utf8').split('\0');
  if (name === undefined || password === undefined)
    return failed('protocol', { detail: 'Can only find author (no password)' });
  if (more.length > 0)
    return failed('protocol', {
      detail: 'Got more data than we were expecting in the PLAIN plugin?',
    });
  const result = await checkPassword(context, name, password, 'Password verification failed');
  if (result.is !== 'done' || authorize === '') return result;
  // Nobody may act as someone else: RFC 4616 section 2 leaves that to us.
  const wanted = fullName(prepared(authorize), context.realms);
  if (wanted === result.user) return result;
  return failed('credentials', {
    detail: 'Requested identity not authenticated identity',
    user: wanted,
  });
}
