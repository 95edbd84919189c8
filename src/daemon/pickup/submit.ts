/** pickup/submit - hands an open submission to cleanup, under the name of the file's owner. */
import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { CleanupOptions, CleanupResult } from '../../lib/ipc/conversation/cleanup.js';
import type { Delivery } from '../../lib/ipc/delivery.js';
import { type Envelope, localClient } from '../../lib/ipc/envelope.js';
import { logAddress } from '../../lib/log/log.js';
import { LookupError } from '../../lib/map/match-list.js';
import { FileSource } from '../../lib/queue/maildrop/file-source.js';
import {
  readContent,
  readEnvelope,
  type SubmissionEnvelope,
} from '../../lib/queue/maildrop/read.js';
import { lookupUid } from '../../lib/sys/user.js';
import type { PickupCore } from './core.js';

export type SubmitOutcome =
  | { readonly is: 'done' }
  /** Try again at the next scan. */
  | { readonly is: 'keep' }
  /** Not a thing that may be queued; the sender has not been told. */
  | { readonly is: 'refused'; readonly reason: string };

/** @throws {Malformed} @throws system errors */
export async function submit(
  core: PickupCore,
  handle: FileHandle,
  stats: Stats,
): Promise<SubmitOutcome> {
  const submission = await readEnvelope(new FileSource(handle));
  const limit = core.settings.message_size_limit;
  if (limit > 0 && submission.contentLength > limit)
    return { is: 'refused', reason: 'larger than message_size_limit' };
  const refusal = await refusalOf(core, stats.uid, submission.sender);
  if (refusal !== undefined) return refusal;

  const envelope = envelopeOf(core, submission, stats);
  const session = core.cleanup.open(envelope, optionsOf(core, submission, stats.uid));
  try {
    core.log.info(
      `${session.queueId}: uid=${stats.uid} from=<${logAddress(core.log, submission.sender)}>`,
    );
    for (const recipient of submission.recipients)
      session.recipient({ ...recipient, original: recipient.address });
    const source = new FileSource(handle);
    for await (const chunk of readContent(source, submission.contentLength))
      await session.content(chunk);
    return await conclude(core, handle, submission, envelope, await session.finish());
  } catch (error) {
    await session.abort();
    throw error;
  }
}

/**
 * sendmail(1) has looked at both lists already; who writes into the maildrop by other means is stopped here. Tables in
 * trouble: said, and tried again later.
 */
async function refusalOf(
  core: PickupCore,
  uid: number,
  sender: string,
): Promise<SubmitOutcome | undefined> {
  try {
    if (!(await isAuthorized(core, uid)))
      return { is: 'refused', reason: 'not allowed to submit mail by authorized_submit_users' };
    if (!(await core.loginSenders.allows(uid, sender)))
      return { is: 'refused', reason: `not authorized to use sender='${sender}'` };
    return undefined;
  } catch (error) {
    if (!(error instanceof LookupError)) throw error;
    core.log.warning(error.message);
    return { is: 'keep' };
  }
}

async function isAuthorized(core: PickupCore, uid: number): Promise<boolean> {
  if (core.settings.authorized_submit_users.startsWith('static:')) return true;
  return core.authorized.match(lookupUid(uid)?.name ?? 'unknown');
}

function envelopeOf(core: PickupCore, submission: SubmissionEnvelope, stats: Stats): Envelope {
  return {
    sender: submission.sender,
    // The owner may set the time of his file as he likes, but not into the future.
    arrival: Math.min(Math.floor(stats.mtimeMs), core.clock.now()),
    client: localClient,
    bodyType: submission.bodyType,
    smtputf8: false,
    dsnRet: submission.dsnRet,
    dsnEnvid: submission.dsnEnvid,
    contentFilter: core.settings.content_filter,
    redirectTo: '',
    ...(submission.verp === undefined ? {} : { verp: submission.verp }),
    ...(submission.localRewrite ? { isLocal: true } : {}),
    kind: 'mail',
  };
}

function optionsOf(core: PickupCore, submission: SubmissionEnvelope, uid: number): CleanupOptions {
  const { settings } = core;
  const fullName = submission.fullName ?? (lookupUid(uid)?.fullName || undefined);
  return {
    overrides: core.overrides,
    localRewrite: submission.localRewrite,
    extractRecipients: false,
    ...(fullName === undefined ? {} : { fullName }),
    received: (queueId) =>
      `by ${settings.myhostname} (${settings.mail_name}, from userid ${uid})\n\tid ${queueId}`,
    prepend: [],
    returnsRefused: true,
  };
}

async function conclude(
  core: PickupCore,
  handle: FileHandle,
  submission: SubmissionEnvelope,
  envelope: Envelope,
  result: CleanupResult,
): Promise<SubmitOutcome> {
  if (result.is === 'queued') return { is: 'done' };
  const { queueId, code, enhanced, text } = result;
  if (code < 500 || !core.bounce) core.log.warning(`${queueId}: ${text}`);
  if (code < 500) return { is: 'keep' };
  if (!core.bounce) return { is: 'refused', reason: text };
  const delivery: Delivery = {
    action: 'bounced',
    dsn: enhanced,
    text,
    relay: 'none',
    time: core.clock.now(),
  };
  const given = submission.recipients.map((one) => ({ ...one, original: one.address }));
  const recipients = result.recipients ?? given;
  await core.bounce.notify({
    kind: 'failure',
    queueId,
    envelope: {
      ...envelope,
      sender: result.sender ?? envelope.sender,
      ...(result.isContentRefused === true ? { dsnRet: 'HDRS' as const } : {}),
    },
    recipients: recipients.map((recipient) => ({ ...recipient, delivery })),
    size: submission.contentLength,
    content: () => readContent(new FileSource(handle), submission.contentLength),
  });
  return { is: 'done' };
}
