/** server/invoking-user - who runs this command, as messages name them: `oyaji(20001)`. */
import os from 'node:os';
import process from 'node:process';

export function invokingUser(): string {
  let name = 'unknown';
  try {
    name = os.userInfo().username;
  } catch {
    // an account without a name
  }
  return `${name}(${process.getuid?.() ?? 0})`;
}
