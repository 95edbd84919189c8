/** mechanism/password - what PLAIN and LOGIN do with a name and a password. */
import { failed, type Step, trouble } from '../exchange.js';
import { fullName, isUsableName } from '../login.js';
import type { MechanismContext } from '../mechanism.js';
import { prepared } from '../prepare.js';

const maxPassword = 4096; // bytes; no store keeps longer ones

/** @param wrong for the log: how the mechanism calls a wrong password */
export async function checkPassword(
  { backEnd, realms }: MechanismContext,
  name: string,
  password: string,
  wrong?: string,
): Promise<Step> {
  if (name.trim() === '') return trouble('All-whitespace username.');
  if (!isUsableName(name)) return failed('protocol', { detail: 'name with control characters' });
  const user = fullName(prepared(name), realms);
  if (Buffer.byteLength(password) > maxPassword || password.includes('\0'))
    return failed('protocol', { detail: 'password too long or with NUL', user });
  const answer = await backEnd.checkPassword(user, password);
  const detail = answer.is === 'wrong' ? (answer.detail ?? wrong) : undefined;
  switch (answer.is) {
    case 'right':
      return { is: 'done', user };
    case 'wrong':
      return failed('credentials', { user, ...(detail === undefined ? {} : { detail }) });
    case 'trouble':
      return trouble(answer.detail, user);
  }
}
