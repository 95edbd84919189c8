/** mechanism/cram-md5 - proves knowledge of the password by its keyed hash of a challenge. RFC 2195. */
import { createHmac } from 'node:crypto';
import { areEqual } from '../equal.js';
import { challenge, failed, type Step, trouble } from '../exchange.js';
import { fullName, isUsableName } from '../login.js';
import type { MechanismContext, MechanismMachine } from '../mechanism.js';
import { prepared } from '../prepare.js';

/** The proof in hexadecimal. */
export function cramProof(password: string, text: string): string {
  return createHmac('md5', password).update(text).digest('hex');
}

export function createCramMd5(context: MechanismContext): MechanismMachine {
  const { backEnd, realms, randomBytes, now } = context;
  const number = BigInt(`0x${randomBytes(12).toString('hex')}`);
  const text = `<${number}.${Math.floor(now() / 1000)}@${realms.hostname}>`;
  return {
    start: (initial) =>
      initial
        ? failed('protocol', { detail: 'Remote sent first but mech does not allow it.' })
        : challenge(text),
    async step(response): Promise<Step> {
      const line = response.toString('utf8');
      const blank = line.lastIndexOf(' ');
      const name = line.slice(0, Math.max(0, blank));
      if (blank < 0 || !isUsableName(name))
        return failed('protocol', { detail: 'need authentication name' });
      const user = fullName(prepared(name), realms);
      const found = await backEnd.secret(user);
      if (found.is === 'trouble') return trouble(found.detail, user);
      const proof = cramProof(found.is === 'found' ? found.value : text, text);
      const isRight = areEqual(proof, line.slice(blank + 1).toLowerCase());
      if (isRight && found.is === 'found' && found.value !== '') return { is: 'done', user };
      return failed('credentials', { detail: 'incorrect digest response', user });
    },
  };
}
