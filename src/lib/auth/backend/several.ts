/** backend/several - `pwcheck_method: saslauthd auxprop`: one after the other is asked for a password. */
import { type BackEnd, cannot, type PasswordCheck } from '../backend.js';

export function createSeveral(backEnds: readonly BackEnd[]): BackEnd {
  const [only] = backEnds;
  if (only && backEnds.length === 1) return only;
  const withSecrets = backEnds.find(({ offers }) => [...offers].some((it) => it !== 'password'));
  return {
    name: backEnds.map(({ name }) => name).join(', '),
    get offers() {
      return new Set(backEnds.flatMap((backEnd) => [...backEnd.offers]));
    },
    get scramIterations() {
      return withSecrets?.scramIterations ?? 0;
    },
    async checkPassword(user, password) {
      let worst: PasswordCheck = { is: 'wrong' };
      for (const backEnd of backEnds) {
        const answer = await backEnd.checkPassword(user, password);
        if (answer.is === 'right') return answer;
        if (answer.is === 'trouble') worst = answer;
      }
      return worst;
    },
    secret: async (user) => (withSecrets ? withSecrets.secret(user) : cannot),
    scramKeys: async (user, hash) => (withSecrets ? withSecrets.scramKeys(user, hash) : cannot),
  };
}
