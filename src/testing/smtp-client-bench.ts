/** testing/smtp-client-bench - an SMTP client with its surroundings faked, and one call that delivers a message. */
import { createRewrite } from '../daemon/trivial-rewrite/main.js';
import { createSmtpClient } from '../daemon/smtp/main.js';
import type { DeliveryAgent, DeliveryReport, DeliveryRequest } from '../lib/ipc/delivery.js';
import { type Envelope, localClient } from '../lib/ipc/envelope.js';
import { systemClock } from '../lib/sys/clock.js';
import { createTlsSource, type TlsSource } from '../lib/tls/material.js';
import { fakeDicts, type FakeTables } from './fake-dicts.js';
import { type FakeDns, fakeDns, type Zone } from './fake-dns.js';
import { type MemoryLog, memoryLog } from './memory-log.js';
import { testSettings } from './settings.js';

export interface BenchOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly zone?: Zone;
  /** The resolver vouches for its answers. */
  readonly authentic?: boolean;
  readonly tables?: FakeTables;
  readonly lmtp?: boolean;
  readonly tlsSource?: TlsSource;
}

export interface Given {
  readonly nexthop: string;
  readonly recipients?: readonly string[];
  readonly content?: string;
  /** The content comes in pieces of so many bytes, instead of whole. */
  readonly pieces?: number;
  readonly envelope?: Partial<Envelope>;
  readonly dsnNotify?: number;
  readonly moreWaiting?: boolean;
  /** In the queue before this attempt. */
  readonly waitedMs?: number;
  readonly signal?: AbortSignal;
}

export interface ClientBench {
  readonly agent: DeliveryAgent;
  readonly log: MemoryLog;
  readonly dns: FakeDns;
  deliver(given: Given): Promise<DeliveryReport>;
  /** One line a recipient: `sent 2.0.0 relay | text`. */
  outcomes(given: Given): Promise<string[]>;
}

export function clientBench(options: BenchOptions = {}): ClientBench {
  const log = memoryLog();
  const dns = fakeDns(options.zone, options.authentic);
  const settings = testSettings(options.settings);
  const dicts = fakeDicts(options.tables);
  const agent = createSmtpClient({
    rewrite: createRewrite({ settings, log, dicts }),
    settings,
    log,
    clock: systemClock,
    resolver: dns,
    dicts,
    tlsSource: options.tlsSource ?? createTlsSource(),
    lmtp: options.lmtp ?? false,
  });
  const deliver = (given: Given): Promise<DeliveryReport> => agent.deliver(requestOf(given));
  return {
    agent,
    log,
    dns,
    deliver,
    async outcomes(given) {
      const { results } = await deliver(given);
      return [...results.values()].map(
        ({ action, dsn, relay, text }) => `${action} ${dsn} ${relay} | ${text}`,
      );
    },
  };
}

const envelope: Envelope = {
  sender: 'sender@example.test',
  arrival: 0,
  client: localClient,
  bodyType: '',
  smtputf8: false,
  dsnRet: '',
  dsnEnvid: '',
  contentFilter: '',
  redirectTo: '',
  kind: 'mail',
};

export function requestOf(given: Given): DeliveryRequest {
  const now = systemClock.now();
  const content = Buffer.from(given.content ?? 'Subject: test\n\nhello\n', 'latin1');
  const recipients = given.recipients ?? ['rcpt@example.test'];
  return {
    queueId: 'QID1',
    transport: 'smtp',
    nexthop: given.nexthop,
    envelope: { ...envelope, arrival: now, ...given.envelope },
    recipients: recipients.map((address, index) => ({
      address,
      original: address,
      dsnNotify: given.dsnNotify ?? 0,
      index,
    })),
    times: { arrival: now - (given.waitedMs ?? 0), active: now, agent: now },
    size: content.length,
    content: () => pieces(content, given.pieces ?? content.length),
    ...(given.pieces === undefined ? { inline: content } : {}),
    moreWaiting: given.moreWaiting ?? false,
    signal: given.signal ?? new AbortController().signal,
  };
}

async function* pieces(content: Buffer, step: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.length; start += step)
    yield content.subarray(start, start + step);
}
