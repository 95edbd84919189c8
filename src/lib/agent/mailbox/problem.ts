/**
 * agent/mailbox/problem - system errors as delivery status: code of RFC 3463 and the system's words.
 *
 * Postfix: mbox_open.c (mbox_dsn). Where it returns mail for an error of the machine (EIO, no descriptors), we wait.
 */
import type { MailboxOutcome } from '../../ipc/conversation/mailbox.js';
import { errnoText } from '../../util/errno-text.js';

const statuses: Readonly<Record<string, string>> = {
  EAGAIN: '4.2.0',
  ESTALE: '4.2.0',
  ENOSPC: '4.3.0',
  EDQUOT: '5.2.2',
  EFBIG: '5.2.2',
  EIO: '4.3.0',
  EMFILE: '4.3.0',
  ENFILE: '4.3.0',
  ENOMEM: '4.3.0',
};

/** @param what `cannot open file`: it comes before the system's words */
export function problem(
  error: unknown,
  what: string,
  problemDsn: string,
  warnings: readonly string[] = [],
): MailboxOutcome {
  return failure(statusOf(error, problemDsn), `${what}: ${errnoText(error)}`, warnings);
}

/** No code: not the system's word, so nothing that is known to last. */
export function statusOf(error: unknown, problemDsn: string): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? '4.3.0' : (statuses[code] ?? problemDsn);
}

/** The class of the status decides whether the mail waits. */
export function failure(
  dsn: string,
  text: string,
  warnings: readonly string[] = [],
): MailboxOutcome {
  const is = dsn.startsWith('4') ? 'deferred' : 'bounced';
  return { is, dsn, text, ...(warnings.length > 0 ? { warnings } : {}) };
}
