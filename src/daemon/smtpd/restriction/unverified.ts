/**
 * restriction/unverified - reject_unverified_sender and _recipient: would mail to this address be delivered?
 *
 * Postfix: reject_unverified_address() of smtpd_check.c, ADDRESS_VERIFICATION_README.
 */
import {
  inProgress,
  type Verification,
  type Verify,
} from '../../../lib/ipc/conversation/verify.js';
import {
  about,
  type Check,
  codeReply,
  deferIfPermit,
  dunno,
  reject,
  routeOf,
  type Verdict,
} from './check.js';

const maxText = 250;

interface Wording {
  readonly what: 'Sender' | 'Recipient';
  readonly enhanced: string;
  readonly rejectCode: number;
  readonly deferCode: number;
  /** Said instead of what the probe came to; '' for that. */
  readonly reason: string;
  /** `defer`, or `defer_if_permit`. */
  readonly tempfail: string;
}

export async function rejectUnverifiedSender(check: Check): Promise<Verdict> {
  const { settings } = check.core;
  return check.sender === undefined || check.sender === ''
    ? dunno
    : unverified(check, check.sender, {
        what: 'Sender',
        enhanced: '5.1.7',
        rejectCode: settings.unverified_sender_reject_code,
        deferCode: settings.unverified_sender_defer_code,
        reason: settings.unverified_sender_reject_reason,
        tempfail: settings.unverified_sender_tempfail_action,
      });
}

export async function rejectUnverifiedRecipient(check: Check): Promise<Verdict> {
  const { settings } = check.core;
  return check.recipient === undefined
    ? dunno
    : unverified(check, check.recipient, {
        what: 'Recipient',
        enhanced: '5.1.1',
        rejectCode: settings.unverified_recipient_reject_code,
        deferCode: settings.unverified_recipient_defer_code,
        reason: settings.unverified_recipient_reject_reason,
        tempfail: settings.unverified_recipient_tempfail_action,
      });
}

async function unverified(check: Check, address: string, wording: Wording): Promise<Verdict> {
  const route = await routeOf(check, address);
  const { status, text } = await check.core.verify(route?.recipient ?? address);
  if (status === 'deliverable') return dunno;
  const code = status === 'undeliverable' ? wording.rejectCode : wording.deferCode;
  const kind = code >= 500 ? 'undeliverable' : 'unverified';
  // A reason of the administrator's own speaks of the address, not of a probe that is under way.
  const why = wording.reason === '' || status === 'pending' ? text : wording.reason;
  const answer = codeReply(
    code,
    wording.enhanced,
    about(address, `${wording.what} address rejected: ${kind} address: ${why.slice(0, maxText)}`),
  );
  if (status === 'undeliverable' || wording.tempfail === 'defer') return reject(answer);
  return deferIfPermit(check, answer);
}

/** Asks again while a probe is under way: address_verify_poll_count times in all. */
export function patientVerify(
  verify: Verify | undefined,
  settings: {
    readonly address_verify_poll_count: number;
    readonly address_verify_poll_delay: number;
  },
  sleep: (ms: number) => Promise<void>,
): (address: string) => Promise<Verification> {
  return async (address) => {
    let answer = inProgress;
    for (let count = 1; verify; count += 1) {
      answer = await verify.query(address);
      if (answer.status !== 'pending' || count >= settings.address_verify_poll_count) break;
      await sleep(settings.address_verify_poll_delay * 1000);
    }
    return answer;
  };
}
