/**
 * app/agents - the delivery agents, a row each: which program of master.cf makes which agent.
 */
import { createDiscard } from '../daemon/discard/main.js';
import { createError } from '../daemon/error/main.js';
import { createLocal } from '../daemon/local/main.js';
import { createPipeAgent } from '../daemon/pipe/main.js';
import { createSmtpClient } from '../daemon/smtp/main.js';
import { createVirtual } from '../daemon/virtual/main.js';
import type { MasterService } from '../lib/config/master-cf.js';
import type { Settings } from '../lib/config/settings.js';
import type { DictOpener } from '../lib/dict/opener.js';
import type { Resolver } from '../lib/dns/resolver.js';
import type { Cleanup } from '../lib/ipc/conversation/cleanup.js';
import type { UserWorkers } from '../lib/ipc/conversation/mailbox.js';
import type { Rewrite } from '../lib/ipc/conversation/rewrite.js';
import type { DeliveryAgent } from '../lib/ipc/delivery.js';
import type { Log } from '../lib/log/log.js';
import type { Clock } from '../lib/sys/clock.js';
import type { TlsSource } from '../lib/tls/material.js';

export interface AgentParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly dicts: DictOpener;
  readonly tlsSource: TlsSource;
  readonly cleanup: Cleanup;
  readonly rewrite: Rewrite;
  readonly users: UserWorkers;
  /** The line of master.cf. */
  readonly service: MasterService;
  /** Other transports' agents, for those that hand recipients on. */
  readonly agentFor: (transport: string) => DeliveryAgent | undefined;
}

export const agents: Readonly<Record<string, (parts: AgentParts) => DeliveryAgent>> = {
  smtp: createSmtpClient,
  lmtp: (parts) => createSmtpClient({ ...parts, lmtp: true }),
  local: createLocal,
  virtual: createVirtual,
  pipe: createPipeAgent,
  error: (parts) => createError({ ...parts, action: 'bounced' }),
  retry: (parts) => createError({ ...parts, action: 'deferred' }),
  discard: createDiscard,
};
