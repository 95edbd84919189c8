/** bounce/send - a composed notification into the queue, by way of cleanup. */
import type { Notification } from '../../lib/ipc/conversation/bounce.js';
import {
  type CleanupOptions,
  type CleanupSession,
  noOverrides,
} from '../../lib/ipc/conversation/cleanup.js';
import { type Envelope, localClient } from '../../lib/ipc/envelope.js';
import { splitList } from '../../lib/util/list.js';
import type { Composition } from './compose.js';
import type { BounceParts } from './parts.js';
import type { Notice } from './notices.js';
import { headerOf } from './original.js';

/** The new queue id, once it is durable. @throws {Error} it could not be queued; nothing is left behind */
export async function sendNotice(
  parts: BounceParts,
  notification: Notification,
  notice: Notice,
  text: Composition,
): Promise<string> {
  const session = parts.cleanup.open(envelopeOf(parts, notification, notice), optionsOf(parts));
  try {
    session.recipient({ address: notice.to, original: notice.to, dsnNotify: 0 });
    await session.content(Buffer.from(text.head));
    await pipe(notification, text, session);
    await session.content(Buffer.from(text.tail));
    const result = await session.finish();
    if (result.is === 'queued') return result.queueId;
    throw new Error(
      `notification for ${notification.queueId}: ${result.code} ${result.enhanced} ${result.text}`,
    );
  } catch (error) {
    await session.abort();
    throw error;
  }
}

async function pipe(
  notification: Notification,
  text: Composition,
  session: CleanupSession,
): Promise<void> {
  const content = notification.content();
  let last = 0x0a;
  for await (const chunk of text.headersOnly ? headerOf(content) : content) {
    await session.content(chunk);
    last = chunk[chunk.length - 1] ?? last;
  }
  // The boundary must begin a line of its own, whatever the original ended with.
  if (last !== 0x0a) await session.content(Buffer.from('\n'));
}

function envelopeOf(parts: BounceParts, notification: Notification, notice: Notice): Envelope {
  return {
    sender: notice.from,
    arrival: parts.clock.now(),
    client: localClient,
    bodyType: parts.settings.smtputf8_enable ? '8BITMIME' : notification.envelope.bodyType,
    smtputf8: notification.envelope.smtputf8,
    dsnRet: '',
    dsnEnvid: '',
    contentFilter: '',
    redirectTo: '',
    kind: notice.kind,
  };
}

function optionsOf({ settings }: BounceParts): CleanupOptions {
  const filtered = splitList(settings.internal_mail_filter_classes).includes('bounce');
  return {
    overrides: { ...noOverrides, noHeaderBodyChecks: !filtered, noMilters: !filtered },
    localRewrite: true,
    extractRecipients: false,
    received: (queueId) => `by ${settings.myhostname} (${settings.mail_name})\n\tid ${queueId}`,
    prepend: [],
  };
}
