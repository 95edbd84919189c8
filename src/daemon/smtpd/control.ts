/** smtpd/control - what the commands may do to the session. */
import type { ServerMachine } from '../../lib/protocol/smtp/server-machine.js';
import type { Service } from './service.js';
import type { SessionState } from './state.js';

export interface SessionControl {
  readonly service: Service;
  readonly state: SessionState;
  readonly machine: ServerMachine;
  /** Hang up after this reply. */
  hangUp(): void;
  /** After this reply the session goes on under TLS, from the beginning. */
  startTls(): void;
  abortTransaction(): Promise<void>;
}
