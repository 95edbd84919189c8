/** target/queue-records - records of the message store, and what mailq prints of them. */
import { jsonListing, listing } from '../../../lib/queue/listing.js';
import {
  decodeMessage,
  encode,
  infoOf,
  type MessageRecord,
  parseDueKey,
} from '../../../lib/queue/embedded/record.js';
import type { MessageInfo, StoredRecipient } from '../../../lib/queue/store.js';
import { localClient } from '../../../lib/ipc/envelope.js';
import {
  declared,
  type FuzzTarget,
  must,
  mustBeOneLine,
  mustBeUnpolluted,
  mustEqual,
} from '../target.js';

const record = encode({
  state: 'deferred',
  envelope: {
    sender: 'a@b',
    arrival: 1_800_000_000_000,
    client: localClient,
    bodyType: '',
    smtputf8: false,
    dsnRet: '',
    dsnEnvid: '',
    contentFilter: '',
    redirectTo: '',
    kind: 'mail',
  },
  size: 100,
  count: 1,
  due: 5,
  warned: false,
  forceExpire: false,
  spooled: false,
  firstBlock: [
    {
      address: 'c@d',
      original: 'c@d',
      dsnNotify: 0,
      status: 'pending',
      delivery: { action: 'deferred', dsn: '4.4.1', text: 'connect to x', relay: 'none', time: 1 },
    },
  ],
});

export const queueRecords: FuzzTarget = {
  name: 'queue-records',
  seeds: [record, 'a@b\x01c@d\x01connect to x: timed out\x01orig\x01envid', 'i000000000000005ABC'],
  words: ['"', '\\', '\n', '\x1b[', '\x01', '\xe2\x80\xa8', '\xed\xa0\x80', '\xff', '@', ' '],
  start() {
    const sample = decodeMessage(record);
    return (input) => {
      parseDueKey(input.toString());
      declared([SyntaxError], () => decodeMessage(input));
      const [sender = '', address = '', text = '', original = '', dsnEnvid = ''] = input
        .toString()
        .split('\x01');
      const [entry] = sample.firstBlock;
      must(entry?.delivery !== undefined, 'no sample');
      const made: MessageRecord = {
        ...sample,
        envelope: { ...sample.envelope, sender, dsnEnvid },
        firstBlock: [{ ...entry, address, original, delivery: { ...entry.delivery, text } }],
      };
      const bytes = encode(made);
      const back = decodeMessage(bytes);
      mustEqual(encode(back).toString(), bytes.toString(), 'a record read again');
      printable(
        infoOf('ABC', back),
        back.firstBlock.map((row, index) => ({ ...row, index })),
      );
      mustBeUnpolluted();
    };
  },
};

function printable(info: MessageInfo, recipients: readonly StoredRecipient[]): void {
  const queue = {
    list: () => [info],
    recipients: (_id: string, from: number) => (from === 0 ? recipients : []),
  };
  for (const line of jsonListing(queue)) {
    mustBeOneLine(line.replace(/[\u0085\u2028\u2029]/g, ''), 'a message in JSON');
    JSON.parse(line);
  }
  for (const line of listing(queue)) mustBeOneLine(line, 'a line of mailq');
}
