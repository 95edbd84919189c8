/** mechanism/login - name, then password, each asked for. draft-murchison-sasl-login. */
import { challenge, type Step } from '../exchange.js';
import type { MechanismContext, MechanismMachine } from '../mechanism.js';
import { checkPassword } from './password.js';

export function createLogin(context: MechanismContext): MechanismMachine {
  let name: string | undefined;
  const step = (response: Buffer): Step | Promise<Step> => {
    if (name === undefined) {
      name = response.toString('utf8');
      return challenge('Password:');
    }
    return checkPassword(context, name, response.toString('utf8'));
  };
  return {
    start: (initial) => (initial && initial.length > 0 ? step(initial) : challenge('Username:')),
    step,
  };
}
