/**
 * queue/listing - the queue as people (mailq, postqueue -p) and programs (postqueue -j) read it.
 *
 * Memory is constant in the number of messages. Postfix: showq(8), postqueue(1).
 */
import { cleanText } from '../log/clean.js';
import { quoteAddress } from '../protocol/address/quote.js';
import { dayAndTime } from '../sys/ctime.js';
import type { MessageInfo, QueueStore, StoredRecipient } from './store.js';

type Queue = Pick<QueueStore, 'list' | 'recipients'>;

const head = '-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------';
const idWidth = 11;
const sizeWidth = 8;
const recipientColumn = 41;
const reasonWidth = 78;
const portion = 1000; // recipients read at a time

/** Lines of `postqueue -p`. */
export function* listing(queue: Queue): Iterable<string> {
  let count = 0;
  let bytes = 0;
  for (const message of queue.list()) {
    if (count === 0) yield head;
    count += 1;
    bytes += message.size;
    yield messageLine(message);
    let reason = '';
    for (const { address, delivery } of pendingRecipients(queue, message)) {
      const text = delivery?.text ?? '';
      if (text !== '' && text !== reason) yield `(${cleanText(text)})`.padStart(reasonWidth);
      reason = text;
      yield ' '.repeat(recipientColumn) + cleanText(quoteAddress(address));
    }
    yield '';
  }
  yield count === 0
    ? 'Mail queue is empty'
    : `-- ${Math.floor(bytes / 1024)} Kbytes in ${count} Request${count === 1 ? '' : 's'}.`;
}

function messageLine(message: MessageInfo): string {
  const id = `${message.queueId}${statusSigns(message)}`.padEnd(idWidth);
  const size = String(message.size).padStart(sizeWidth);
  return `${id}${size} ${dayAndTime(message.envelope.arrival)}  ${cleanText(senderOf(message))}`;
}

/** `*` selected for delivery, `!` on hold, `#` to be expired. */
function statusSigns({ state, forceExpire }: MessageInfo): string {
  const place = state === 'hold' ? '!' : state === 'incoming' ? '*' : '';
  return forceExpire ? `${place}#` : place;
}

function senderOf({ envelope }: MessageInfo): string {
  return envelope.sender === '' ? 'MAILER-DAEMON' : quoteAddress(envelope.sender);
}

function* pendingRecipients(
  queue: Queue,
  { queueId, recipientCount }: MessageInfo,
): Iterable<StoredRecipient> {
  for (let from = 0; from < recipientCount; from += portion) {
    for (const recipient of queue.recipients(queueId, from, portion))
      if (recipient.status === 'pending') yield recipient;
  }
}

/** One JSON object a message, spaced as `postqueue -j` prints it. */
export function* jsonListing(queue: Queue): Iterable<string> {
  for (const message of queue.list()) {
    const recipients = [...pendingRecipients(queue, message)].map(({ address, delivery }) =>
      jsonObject({
        address: jsonText(quoteAddress(address)),
        ...(delivery ? { delay_reason: jsonText(delivery.text) } : {}),
      }),
    );
    yield jsonObject({
      queue_name: JSON.stringify(message.state === 'incoming' ? 'active' : message.state),
      queue_id: JSON.stringify(message.queueId),
      arrival_time: String(Math.floor(message.envelope.arrival / 1000)),
      message_size: String(message.size),
      forced_expire: String(message.forceExpire),
      sender: jsonText(senderOf(message)),
      recipients: `[${recipients.join(', ')}]`,
    });
  }
}

/** Nothing in it steers a terminal, nor ends a line for those who count U+2028 as an end. */
function jsonText(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** @param members values are JSON already */
function jsonObject(members: Readonly<Record<string, string>>): string {
  const texts = Object.entries(members).map(([name, value]) => `"${name}": ${value}`);
  return `{${texts.join(', ')}}`;
}
