/**
 * sendmail/authorized - authorized_submit_users and local_login_sender_maps: who may submit mail, and as whom.
 *
 * Loaded only where one of them is set: tables cost more start-up time than all the rest. This is for the answer at
 * once; pickup(8) asks again, since a user may put files into the maildrop without us.
 */
import type { Settings } from '../../lib/config/settings.js';
import { createDictOpener } from '../../lib/dict/open.js';
import { createLoginSenders } from '../../lib/map/login-senders.js';
import { LookupError, stringList } from '../../lib/map/match-list.js';
import { fatal } from './options.js';
import type { Submitter } from './user.js';

/** @throws {FatalError} not allowed, or a table is in trouble */
export async function checkSubmitter(
  settings: Settings,
  who: Submitter,
  sender: string | undefined,
): Promise<void> {
  const problems: string[] = [];
  const keep = (text: string): void => void problems.push(text);
  const dicts = createDictOpener({
    log: { debug: keep, info: keep, warning: keep, error: keep, fatal: keep, panic: keep },
  });
  try {
    if (
      !(await stringList(settings.authorized_submit_users, dicts, 'authorized_submit_users').match(
        who.name,
      ))
    )
      throw fatal(`User ${who.name}(${who.uid}) is not allowed to submit mail`);
    if (
      sender !== undefined &&
      !(await createLoginSenders(settings, dicts).allows(who.uid, sender))
    )
      throw fatal(`${sender}(${who.uid}): not authorized to use sender='${sender}'`);
  } catch (error) {
    if (!(error instanceof LookupError)) throw error;
    throw fatal(problems[0] ?? error.message);
  } finally {
    dicts.close();
  }
}
