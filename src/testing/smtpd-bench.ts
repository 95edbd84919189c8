/** testing/smtpd-bench - an smtpd service on a free port, with its surroundings faked. */
import { once } from 'node:events';
import net from 'node:net';
import { createSmtpd, type SmtpdParts, type SmtpdService } from '../daemon/smtpd/main.js';
import { systemClock } from '../lib/sys/clock.js';
import { createTlsSource } from '../lib/tls/material.js';
import { fakeDicts } from './fake-dicts.js';
import { fakeDns } from './fake-dns.js';
import { type MemoryLog, memoryLog } from './memory-log.js';
import { testSettings } from './settings.js';

export interface SmtpdBench {
  readonly port: number;
  readonly log: MemoryLog;
  /** Received: of each message begun. */
  readonly received: string[];
  readonly smtpd: SmtpdService;
  close(): void;
}

const defaults = {
  compatibility_level: '3.6',
  mydestination: 'example.test',
  smtpd_peername_lookup: 'no',
  local_recipient_maps: '',
  smtpd_error_sleep_time: '0',
  mynetworks: '192.0.2.0/24',
};

/** The client is a stranger, and example.test is ours; messages go nowhere. */
export async function smtpdBench(
  settings: Readonly<Record<string, string>> = {},
  parts: Partial<SmtpdParts> = {},
): Promise<SmtpdBench> {
  const log = memoryLog();
  const received: string[] = [];
  const nothing = (): void => undefined;
  const sockets = new Set<net.Socket>();
  let tlsSessions = 0;
  const smtpd = createSmtpd({
    settings: testSettings({ ...defaults, ...settings }),
    service: 'smtp',
    log,
    clock: systemClock,
    resolver: fakeDns(),
    dicts: fakeDicts(),
    tlsSource: createTlsSource(),
    cleanup: {
      open: (_envelope, options) => {
        received.push(options.received('QID', 'b@example.test'));
        return {
          queueId: 'QID',
          recipient: nothing,
          decide: nothing,
          content: nothing,
          finish: async () => ({ is: 'queued', queueId: 'QID', size: 1 }),
          abort: async () => undefined,
        };
      },
    },
    rewrite: {
      rewrite: (address) => address,
      async resolve(recipient) {
        const domain = recipient.slice(recipient.indexOf('@') + 1);
        const addressClass = domain === 'example.test' ? 'local' : 'default';
        const [transport, nexthop] = ['smtp', domain];
        return { is: 'route', transport, nexthop, recipient, addressClass, reason: '' };
      },
    },
    anvil: {
      connect: () => ({ connections: 1, connectionRate: 1 }),
      disconnect: nothing,
      message: () => 1,
      recipient: () => 1,
      newTlsSession: () => (tlsSessions += 1),
      tlsSessionRate: () => tlsSessions,
      auth: () => 1,
      authFailure: () => 0,
    },
    queueManager: {
      arrived: nothing,
      flushAll: nothing,
      flushOne: nothing,
      flushSite: nothing,
      changed: nothing,
    },
    ...parts,
  });
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    smtpd.accept(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port, log, received, smtpd, close };
}
