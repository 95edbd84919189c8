/** sendmail/authorized - authorized_submit_users: who may submit mail. Loaded only where it is set. */
import { createDictOpener } from '../../lib/dict/open.js';
import { LookupError, stringList } from '../../lib/map/match-list.js';
import { fatal } from './options.js';

/** @throws {FatalError} a table is in trouble */
export async function mayUse(users: string, name: string): Promise<boolean> {
  const problems: string[] = [];
  const keep = (text: string): void => void problems.push(text);
  const dicts = createDictOpener({
    log: { debug: keep, info: keep, warning: keep, error: keep, fatal: keep, panic: keep },
  });
  try {
    return await stringList(users, dicts).match(name);
  } catch (error) {
    if (!(error instanceof LookupError)) throw error;
    throw fatal(`authorized_submit_users: ${problems[0] ?? error.message}`);
  } finally {
    dicts.close();
  }
}
