/**
 * NAME
 *   postcat - show a message of the queue
 *
 * SYNOPSIS
 *   postcat [-bdehnqv] [-c config_dir] queue_id ...
 *
 * DESCRIPTION
 *   -e envelope   -h header   -b body; without them all three with lines that name the parts.
 *   Messages are named by their queue id (-q, which is understood).
 *
 * EXIT STATUS
 *   0; 1 no such message, or no rights
 */
import { mailboxDate } from '../../lib/sys/ctime.js';
import { HeaderScanner } from '../../lib/protocol/message/header.js';
import type { MessageInfo, QueueStore } from '../../lib/queue/store.js';
import { runCommand } from '../../lib/server/command.js';
import { openQueue } from '../../lib/server/queue-access.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { getopt } from '../../lib/util/getopt.js';

const usage =
  'usage: postcat [-b (body text)] [-c config_dir] [-d (decimal record type)] [-e (envelope records)] [-h (header text)] [-q (access queue)] [-v] [file(s)...]';

interface Parts {
  readonly envelope: boolean;
  readonly header: boolean;
  readonly body: boolean;
}

async function main(args: readonly string[]): Promise<number> {
  const { options, operands, problem } = getopt(args, 'bc:dehnoqrs:v');
  if (problem !== undefined) throw new FatalError(usage, 1);
  const has = (letter: string): boolean => options.some((option) => option.letter === letter);
  const all = !has('e') && !has('h') && !has('b');
  const parts: Parts = {
    envelope: all || has('e'),
    header: all || has('h'),
    body: all || has('b'),
  };
  if (operands.length === 0) throw new FatalError(usage, 1);
  const { store } = await openQueue(options.find(({ letter }) => letter === 'c')?.value);
  try {
    for (const id of operands) {
      const message = store.info(id);
      if (!message) throw new FatalError(`open queue file ${id}: No such file or directory`, 1);
      await show(store, message, parts);
    }
  } finally {
    await store.close();
  }
  return 0;
}

async function show(store: QueueStore, message: MessageInfo, parts: Parts): Promise<void> {
  const name = `${message.state === 'incoming' ? 'active' : message.state}/${message.queueId}`;
  const print = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  if (parts.envelope) {
    print(`*** ENVELOPE RECORDS ${name} ***`);
    for (const line of envelopeLines(store, message)) print(line);
    print(`*** MESSAGE CONTENTS ${name} ***`);
  }
  await content(store, message.queueId, parts);
  if (parts.envelope) {
    print(`*** HEADER EXTRACTED ${name} ***`);
    print(`*** MESSAGE FILE END ${name} ***`);
  }
}

function* envelopeLines(
  store: QueueStore,
  { queueId, envelope, size, recipientCount }: MessageInfo,
): Iterable<string> {
  const { client } = envelope;
  const attribute = (name: string, value: string | number): string =>
    `named_attribute: ${name}=${value}`;
  yield `message_size: ${size}`;
  yield `message_arrival_time: ${mailboxDate(envelope.arrival)}`;
  yield attribute('log_ident', queueId);
  if (envelope.contentFilter !== '') yield `content_filter: ${envelope.contentFilter}`;
  if (envelope.dsnEnvid !== '') yield attribute('envelope_id', envelope.dsnEnvid);
  if (envelope.dsnRet !== '') yield attribute('ret_flags', envelope.dsnRet);
  yield `sender: ${envelope.sender}`;
  if (client.address !== '') {
    yield attribute('client_name', client.name);
    yield attribute('reverse_client_name', client.reverseName);
    yield attribute('client_address', client.address);
    yield attribute('client_port', client.port);
    yield attribute('helo_name', client.helo);
    yield attribute('protocol_name', client.protocol);
  }
  if (envelope.bodyType !== '')
    yield attribute('encoding', envelope.bodyType === '8BITMIME' ? '8bit' : '7bit');
  for (const recipient of store.recipients(queueId, 0, recipientCount)) {
    if (recipient.dsnOrcpt !== undefined) yield attribute('dsn_orig_rcpt', recipient.dsnOrcpt);
    if (recipient.dsnNotify !== 0) yield attribute('notify_flags', recipient.dsnNotify);
    yield `original_recipient: ${recipient.original}`;
    yield `${recipient.status === 'done' ? 'done_recipient' : 'recipient'}: ${recipient.address}`;
  }
}

async function content(store: QueueStore, queueId: string, parts: Parts): Promise<void> {
  if (!parts.header && !parts.body) return;
  const scanner = new HeaderScanner(
    {
      field: ({ text }) => {
        if (parts.header) process.stdout.write(`${text}\n`, 'latin1');
      },
      end: (blank) => {
        if (parts.body && blank) process.stdout.write('\n');
      },
      body: (chunk) => {
        if (parts.body) process.stdout.write(chunk);
      },
    },
    Number.MAX_SAFE_INTEGER,
  );
  for await (const chunk of store.content(queueId)) await scanner.write(chunk);
  await scanner.end();
}

await runCommand('postcat', main);
