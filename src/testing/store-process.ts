/**
 * testing/store-process - another process that works on a queue: to be killed, or watched by strace.
 *
 *   node store-process.js write DIRECTORY [SIZE]   commits messages for ever, prints `ID` after each
 *   node store-process.js one DIRECTORY SIZE       commits one message and prints `committed ID`
 *   node store-process.js read DIRECTORY           keeps a reader open in the middle of the list, prints `reading`
 *   node store-process.js spool DIRECTORY          keeps a large message half written, prints its id
 *   node store-process.js work DIRECTORY           claims and settles what there is, prints `removed ID` before each
 */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../lib/queue/stores.js';
import { addMessage } from './queue-store-conformance.js';

const [task, directory = '', size = '100'] = process.argv.slice(2);
const store = await openStore({ directory });
const say = (text: string): number => writeSync(1, `${text}\n`);

/** Content that tells of itself whether it is whole. */
function content(length: number): Buffer {
  return Buffer.alloc(length, 'whole');
}

switch (task ?? '') {
  case 'write': {
    const lane = async (): Promise<void> => {
      for (;;) say(await addMessage(store, { content: content(Number(size)) }));
    };
    await Promise.all([lane(), lane(), lane(), lane()]);
    break;
  }
  case 'one':
    say(`committed ${await addMessage(store, { content: content(Number(size)) })}`);
    await store.close();
    break;
  case 'read':
    for (const { queueId } of store.list()) {
      say(`reading ${queueId}`);
      for (;;) await sleep(1000);
    }
    break;
  case 'spool': {
    const message = store.begin();
    await message.write(content(400_000));
    say(message.queueId);
    for (;;) await sleep(1000);
  }
  case 'work':
    for (;;) {
      const claims = await store.claim('incoming', Date.now(), 20);
      await Promise.all(
        claims.map((claim) => {
          say(`removed ${claim.queueId}`);
          return store.settle(claim, { recipients: new Map(), then: { is: 'remove' } });
        }),
      );
      if (claims.length === 0) await sleep(5);
    }
}
