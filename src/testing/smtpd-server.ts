/** testing/smtpd-server - an smtpd on a free port whose messages end in a list, and a client that speaks line by line. */
import { once } from 'node:events';
import net from 'node:net';
import type { Envelope } from '../lib/ipc/envelope.js';
import type { Cleanup, MessageDecision } from '../lib/ipc/conversation/cleanup.js';
import { systemClock } from '../lib/sys/clock.js';
import { createTlsSource } from '../lib/tls/material.js';
import { fakeDicts } from './fake-dicts.js';
import { fakeDns } from './fake-dns.js';
import { memoryLog, type MemoryLog } from './memory-log.js';
import { testSettings } from './settings.js';

export interface TakenMessage {
  readonly envelope: Envelope;
  readonly recipients: string[];
  decision: MessageDecision;
  text: string;
}

const defaults = {
  compatibility_level: '3.6',
  mydestination: 'example.test',
  smtpd_peername_lookup: 'no',
  local_recipient_maps: '',
  smtpd_error_sleep_time: '0',
  mynetworks: '192.0.2.0/24',
  smtpd_relay_restrictions: 'reject_unauth_destination',
};

/** `parts` is what createSmtpd of daemon/smtpd wants. */
export function smtpdParts(settings: Readonly<Record<string, string>>): {
  readonly parts: ReturnType<typeof build>;
  readonly log: MemoryLog;
  readonly taken: TakenMessage[];
} {
  const log = memoryLog();
  const taken: TakenMessage[] = [];
  return { parts: build(settings, log, taken), log, taken };
}

function build(settings: Readonly<Record<string, string>>, log: MemoryLog, taken: TakenMessage[]) {
  const all = testSettings({ ...defaults, ...settings });
  const cleanup: Cleanup = {
    open(envelope) {
      const message: TakenMessage = { envelope, recipients: [], decision: {}, text: '' };
      return {
        queueId: 'QID',
        recipient: ({ address }) => void message.recipients.push(address),
        decide(decision) {
          const bcc = [...(message.decision.bcc ?? []), ...(decision.bcc ?? [])];
          message.decision = { ...message.decision, ...decision, bcc };
        },
        content: (chunk) => void (message.text += Buffer.from(chunk).toString('latin1')),
        async finish() {
          taken.push(message);
          return { is: 'queued', queueId: 'QID', size: message.text.length };
        },
        abort: () => Promise.resolve(),
      };
    },
  };
  return {
    settings: all,
    service: 'smtp',
    log,
    clock: systemClock,
    resolver: fakeDns(),
    dicts: fakeDicts({}),
    tlsSource: createTlsSource(),
    cleanup,
    rewrite: {
      rewrite: (address: string) => address,
      resolve: async (address: string) =>
        ({
          is: 'route',
          transport: 'local',
          nexthop: 'x',
          recipient: address,
          addressClass: address.endsWith('@example.test') ? 'local' : 'default',
          reason: '',
        }) as const,
    },
    anvil: {
      connect: () => ({ connections: 1, connectionRate: 1 }),
      disconnect: () => undefined,
      message: () => 1,
      recipient: () => 1,
      newTlsSession: () => 1,
      tlsSessionRate: () => 1,
      auth: () => 1,
      authFailure: () => 0,
    },
    queueManager: {
      arrived: () => undefined,
      flushAll: () => undefined,
      flushOne: () => undefined,
      flushSite: () => undefined,
      changed: () => undefined,
    },
  };
}

/** Port of 127.0.0.1. */
export async function listenOn(
  accept: (socket: net.Socket) => void,
): Promise<{ readonly port: number; close(): void }> {
  const server = net.createServer({ allowHalfOpen: true }, accept);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as net.AddressInfo).port, close: () => void server.close() };
}

/** Sends each text when the reply to the one before is there; the last line of each reply. */
export async function converse(port: number, texts: readonly string[]): Promise<string[]> {
  const socket = net.connect(port, '127.0.0.1');
  socket.setEncoding('latin1');
  const replies: string[] = [];
  let rest = '';
  const send = (): void => {
    const next = texts[replies.length - 1];
    if (next === undefined) socket.end();
    else socket.write(next, 'latin1');
  };
  socket.on('data', (chunk: string) => {
    rest += chunk;
    for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 2);
      if (/^\d{3}-/.test(line)) continue;
      replies.push(line);
      send();
    }
  });
  socket.setTimeout(60_000, () => socket.destroy()); // a server that never answers
  socket.on('error', () => undefined);
  await once(socket, 'close');
  return replies;
}
