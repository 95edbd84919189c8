/** testing/message-sink - where new messages end in tests: the `begin` of a store, and what was committed. */
import type { Envelope, Recipient } from '../lib/ipc/envelope.js';
import type { NewMessage, QueueStore } from '../lib/queue/store.js';

export interface Committed {
  readonly queueId: string;
  readonly envelope: Envelope;
  readonly recipients: readonly Recipient[];
  readonly hold: boolean;
  /** One char a byte. */
  readonly text: string;
}

export interface MessageSink extends Pick<QueueStore, 'begin'> {
  readonly committed: Committed[];
  readonly aborted: string[];
  /** Thrown by commit() when set. */
  failure: Error | undefined;
}

/** Queue ids are QID1, QID2, … */
export function messageSink(): MessageSink {
  const sink: MessageSink = {
    committed: [],
    aborted: [],
    failure: undefined,
    begin: () => newMessage(sink, `QID${(count += 1)}`),
  };
  let count = 0;
  return sink;
}

function newMessage(sink: MessageSink, queueId: string): NewMessage {
  let text = '';
  return {
    queueId,
    get size() {
      return text.length;
    },
    write(chunk) {
      text += Buffer.from(chunk).toString('latin1');
    },
    async commit(message) {
      if (sink.failure) throw sink.failure;
      sink.committed.push({ queueId, text, ...message });
    },
    async abort() {
      sink.aborted.push(queueId);
    },
  };
}
