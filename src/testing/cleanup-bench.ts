/** testing/cleanup-bench - a cleanup(8) with its surroundings faked, and one call that puts a message through it. */
import { createCleanup } from '../daemon/cleanup/main.js';
import { createRewrite } from '../daemon/trivial-rewrite/main.js';
import {
  type Cleanup,
  type CleanupOptions,
  type CleanupResult,
  type MessageDecision,
  noOverrides,
} from '../lib/ipc/conversation/cleanup.js';
import { type Clock, systemClock } from '../lib/sys/clock.js';
import { type Envelope, localClient, type Recipient } from '../lib/ipc/envelope.js';
import { type FakeTables, fakeDicts } from './fake-dicts.js';
import { type MemoryLog, memoryLog } from './memory-log.js';
import { type MessageSink, messageSink } from './message-sink.js';
import { testSettings } from './settings.js';

/** Tue, 24 Nov 2026 09:05:04 UTC. */
export const testNow = Date.UTC(2026, 10, 24, 9, 5, 4);

export interface Given {
  readonly content: string;
  readonly recipients?: readonly Recipient[];
  readonly envelope?: Partial<Envelope>;
  readonly options?: Partial<CleanupOptions>;
  readonly decision?: MessageDecision;
  /** Content in pieces of so many bytes; default: all at once. */
  readonly pieces?: number;
}

export interface CleanupBench {
  readonly cleanup: Cleanup;
  readonly sink: MessageSink;
  readonly log: MemoryLog;
  /** Queue ids that the queue manager was told. */
  readonly arrived: string[];
  readonly put: (given: Given) => Promise<CleanupResult>;
}

const machine = {
  mydomain: 'example.test',
  myorigin: 'example.test',
  mydestination: 'mail.example.test, localhost, example.test',
  append_dot_mydomain: 'yes',
  recipient_delimiter: '+',
};

export function cleanupBench(
  settings: Readonly<Record<string, string>> = {},
  tables: FakeTables = {},
  queueDirectory = '.',
): CleanupBench {
  const log = memoryLog();
  const sink = messageSink();
  const arrived: string[] = [];
  const dicts = fakeDicts(tables);
  const values = testSettings({ ...machine, ...settings });
  const clock: Clock = { ...systemClock, now: () => testNow };
  const ignore = (): void => undefined;
  const cleanup = createCleanup({
    settings: values,
    log,
    clock,
    store: sink,
    queueDirectory,
    rewrite: createRewrite({ settings: values, log, dicts }),
    dicts,
    queueManager: {
      arrived: (queueId) => arrived.push(queueId),
      flushAll: ignore,
      flushOne: ignore,
      flushSite: ignore,
      changed: ignore,
    },
  });
  return { cleanup, sink, log, arrived, put: (given) => put(cleanup, given) };
}

async function put(cleanup: Cleanup, given: Given): Promise<CleanupResult> {
  const session = cleanup.open(
    { ...smtpEnvelope, ...given.envelope },
    { ...plainOptions, ...given.options },
  );
  for (const recipient of given.recipients ?? [to('a@vm.example')]) session.recipient(recipient);
  if (given.decision) session.decide(given.decision);
  const bytes = Buffer.from(given.content, 'latin1');
  const step = given.pieces ?? Math.max(1, bytes.length);
  for (let start = 0; start < bytes.length; start += step)
    await session.content(bytes.subarray(start, start + step));
  return session.finish();
}

export function to(address: string, more: Partial<Recipient> = {}): Recipient {
  return { address, original: address, dsnNotify: 0, ...more };
}

const smtpEnvelope: Envelope = {
  sender: 'sender@example.test',
  arrival: testNow,
  client: { ...localClient, protocol: 'ESMTP', name: 'unknown', address: '127.0.0.1' },
  bodyType: '',
  smtputf8: false,
  dsnRet: '',
  dsnEnvid: '',
  contentFilter: '',
  redirectTo: '',
  kind: 'mail',
};

const plainOptions: CleanupOptions = {
  overrides: noOverrides,
  localRewrite: true,
  extractRecipients: false,
  received: (queueId) => `by mail.example.test (Postfix)\n\tid ${queueId}`,
  prepend: [],
};
