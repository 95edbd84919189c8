/**
 * NAME
 *   postcat - show a message of the queue
 *
 * SYNOPSIS
 *   postcat [-bdehnqv] [-c config_dir] queue_id ...
 *
 * DESCRIPTION
 *   -e envelope   -h header   -b body; without them all three with lines that name the parts.
 *   -d  the type of each record, in decimal, before it
 *   -v  `regular_text: ` before each line of the message
 *   Messages are named by their queue id (-q, which is understood).
 *
 * EXIT STATUS
 *   0; 1 usage, no such message, or no rights
 *
 * SEE ALSO
 *   postqueue(1), postsuper(1)
 */
import process from 'node:process';
import { HeaderScanner } from '../../lib/protocol/message/header.js';
import type { MessageInfo, QueueStore, StoredRecipient } from '../../lib/queue/store.js';
import { runCommand } from '../../lib/server/command.js';
import { openQueue, type QueueAccess } from '../../lib/server/queue-access.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';
import { sysexits } from '../../lib/util/sysexits.js';
import { envelopeRecords, queueFileName, type QueueRecord } from './envelope.js';
import { LinePrefix } from './line-prefix.js';

const usage =
  'usage: postcat [-b (body text)] [-c config_dir] [-d (decimal record type)] [-e (envelope records)] [-h (header text)] [-q (access queue)] [-v] [file(s)...]';
const portion = 1000; // recipients read at a time

interface View {
  readonly envelope: boolean;
  readonly header: boolean;
  readonly body: boolean;
  /** -d */
  readonly withTypes: boolean;
  /** Before each line of the message. */
  readonly prefix: string;
}

async function main(args: readonly string[]): Promise<number> {
  const { options, operands, problem } = getopt(args, 'bc:dehnoqrs:v');
  if (problem !== undefined) {
    process.stderr.write(`postcat: ${problem}\n`);
    throw new FatalError(usage, 1);
  }
  if (operands.length === 0) return sysexits.ok; // standard input: no queue files come that way
  const has = (letter: string): boolean => options.some((option) => option.letter === letter);
  const all = !has('e') && !has('h') && !has('b');
  const withTypes = has('d');
  const view: View = {
    envelope: all || has('e'),
    header: all || has('h'),
    body: all || has('b'),
    withTypes,
    prefix: `${withTypes ? ' 78 ' : ''}${has('v') ? 'regular_text: ' : ''}`, // 78: N, a line of text
  };
  const directory = options.find(({ letter }) => letter === 'c')?.value;
  const opening = has('q') ? 'open queue file' : 'open';
  const { store } = await open(directory, `${opening} ${operands[0] ?? ''}`);
  try {
    for (const id of operands) {
      const message = store.info(id);
      if (!message) throw new FatalError(`${opening} ${id}: No such file or directory`, 1);
      await show(store, message, view);
    }
  } finally {
    await store.close();
  }
  return sysexits.ok;
}

async function open(directory: string | undefined, opening: string): Promise<QueueAccess> {
  try {
    return await openQueue(directory);
  } catch (error) {
    if (!(error instanceof FatalError) || error.exitStatus !== sysexits.noPermission) throw error;
    throw new FatalError(`${opening}: Permission denied`, 1, { cause: error });
  }
}

async function show(store: QueueStore, message: MessageInfo, view: View): Promise<void> {
  const name = queueFileName(message);
  const print = ({ type, text }: QueueRecord): Promise<void> =>
    write(`${view.withTypes ? `${type.padStart(3)} ` : ''}${text}\n`);
  if (view.envelope) {
    await write(`*** ENVELOPE RECORDS ${name} ***\n`);
    for (const record of envelopeRecords(message, recipients(store, message))) await print(record);
    await print({ type: '77', text: `*** MESSAGE CONTENTS ${name} ***` }); // M
  }
  if (view.header || view.body) await showContent(store, message.queueId, view);
  if (view.envelope) {
    await print({ type: '88', text: `*** HEADER EXTRACTED ${name} ***` }); // X
    await print({ type: '69', text: `*** MESSAGE FILE END ${name} ***` }); // E
  }
}

function* recipients(
  store: QueueStore,
  { queueId, recipientCount }: MessageInfo,
): Iterable<StoredRecipient> {
  for (let from = 0; from < recipientCount; from += portion)
    yield* store.recipients(queueId, from, portion);
}

async function showContent(store: QueueStore, queueId: string, view: View): Promise<void> {
  const lines = new LinePrefix(view.prefix);
  let out: Uint8Array[] = [];
  const put = (chunk: Uint8Array): void => void out.push(lines.mark(chunk));
  const scanner = new HeaderScanner(
    {
      field: ({ text }) => {
        if (view.header) put(Buffer.from(`${text}\n`, 'latin1'));
      },
      end: (blank) => {
        if (view.body && blank) put(Buffer.from('\n'));
      },
      body: (chunk) => {
        if (view.body) put(chunk);
      },
    },
    Number.MAX_SAFE_INTEGER,
  );
  for await (const chunk of store.content(queueId)) {
    await scanner.write(chunk);
    for (const part of out) await write(part);
    out = [];
  }
  await scanner.end();
  for (const part of out) await write(part);
}

async function write(data: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(data))
    await new Promise((resolve) => process.stdout.once('drain', resolve));
}

await runCommand('postcat', main);
