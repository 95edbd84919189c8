/** app/options - what the programs of one process are started with. */
import type net from 'node:net';
import type { Configuration } from '../lib/config/load.js';
import type { UserContext } from '../lib/ipc/conversation/mailbox.js';
import type { LogSink } from '../lib/log/log.js';
import type { HandedSource } from '../lib/dict/file/handed.js';
import type { Handover } from '../lib/queue/store.js';
import type { TlsSource } from '../lib/tls/material.js';
import type { ListenerPlan, Role } from '../lib/server/worker-protocol.js';

export interface ProgramOptions {
  readonly configuration: Configuration;
  readonly role: Role;
  readonly listeners: readonly ListenerPlan[];
  readonly sink: LogSink;
  /** Certificates and keys, which only master may read. */
  readonly tls: TlsSource;
  /** Tables, which only master may read. */
  readonly tables?: HandedSource;
  /** Where the queue lies, as this process reaches it. */
  readonly queueDirectory: string;
  /** Undefined: deliver as who we are. */
  readonly spawnUserWorker: ((user: UserContext) => Promise<net.Socket>) | undefined;
  /** Our queue manager begins nothing any more: the next may start. */
  onHandedOver(handover: Handover): void;
  /** After that: we are done with this message. */
  onHandedBack(queueId: string): void;
}
