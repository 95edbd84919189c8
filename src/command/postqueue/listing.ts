/** postqueue/listing - the queue as people (-p) and programs (-j) read it. Postfix: showq(8), postqueue(1). */
import { quoteAddress } from '../../lib/protocol/address/quote.js';
import type { MessageInfo, QueueStore, StoredRecipient } from '../../lib/queue/store.js';
import { dayAndTime } from '../../lib/sys/ctime.js';

const head = '-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------';
const recipientColumn = 40;
const reasonWidth = 80;
const portion = 1000; // recipients read at a time

/** Lines of `postqueue -p`; constant memory. */
export function* listing(store: QueueStore): Iterable<string> {
  let count = 0;
  let bytes = 0;
  for (const message of store.list()) {
    if (count === 0) yield head;
    else yield '';
    count += 1;
    bytes += message.size;
    yield `${`${message.queueId}${statusSign(message)}`.padEnd(10)} ${String(message.size).padStart(8)} ${dayAndTime(message.envelope.arrival)}  ${quoteAddress(message.envelope.sender) || 'MAILER-DAEMON'}`.trimEnd();
    let reason = '';
    for (const recipient of pendingRecipients(store, message)) {
      const text = recipient.delivery?.text ?? '';
      if (text !== reason && text !== '') yield `(${text})`.padStart(reasonWidth - 1);
      reason = text;
      yield `${' '.repeat(recipientColumn)} ${quoteAddress(recipient.address)}`;
    }
  }
  yield count === 0
    ? 'Mail queue is empty'
    : `\n-- ${Math.floor(bytes / 1024)} Kbytes in ${count} Request${count === 1 ? '' : 's'}.`;
}

/** `*` being delivered, `!` on hold, `#` to expire. */
function statusSign({ state, forceExpire }: MessageInfo): string {
  if (state === 'hold') return '!';
  if (forceExpire) return '#';
  return state === 'incoming' ? '*' : '';
}

function* pendingRecipients(
  store: QueueStore,
  { queueId, recipientCount }: MessageInfo,
): Iterable<StoredRecipient> {
  for (let from = 0; from < recipientCount; from += portion) {
    for (const recipient of store.recipients(queueId, from, portion))
      if (recipient.status === 'pending') yield recipient;
  }
}

/** One JSON object a message, as `postqueue -j` prints. */
export function* jsonListing(store: QueueStore): Iterable<string> {
  for (const message of store.list()) {
    yield JSON.stringify({
      queue_name: message.state === 'incoming' ? 'active' : message.state,
      queue_id: message.queueId,
      arrival_time: Math.floor(message.envelope.arrival / 1000),
      message_size: message.size,
      forced_expire: message.forceExpire,
      sender: message.envelope.sender === '' ? 'MAILER-DAEMON' : message.envelope.sender,
      recipients: [...pendingRecipients(store, message)].map(({ address, delivery }) => ({
        address,
        ...(delivery ? { delay_reason: delivery.text } : {}),
      })),
    })
      .replace(/":/g, '": ')
      .replace(/,"/g, ', "')
      .replace(/\},\{/g, '}, {');
  }
}
