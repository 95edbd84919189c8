/**
 * auth/sasl-server - what smtpd knows of SASL: which mechanisms to offer, and an exchange for each AUTH.
 *
 * Implementations: auth/cyrus-server checks here with smtpd.conf's back end, auth/dovecot/server hands everything to
 * Dovecot. Postfix: xsasl_server.c.
 */
import type { Settings } from '../config/settings.js';
import type { DictOpener } from '../dict/opener.js';
import type { Log } from '../log/log.js';
import type { Clock } from '../sys/clock.js';
import type { Step } from './exchange.js';
import type { ChannelBindings } from './mechanism.js';

/** What an exchange may know of the connection. */
export interface SaslContext {
  /** Undefined: in the clear. */
  readonly tls: SaslTls | undefined;
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly helo: string;
}

export interface SaslTls {
  readonly bindings: ChannelBindings;
  /** Name in a verified client certificate, for EXTERNAL. */
  readonly certificateName?: string;
}

export interface Exchange {
  /** The mechanism by its proper name. */
  readonly mechanism: string;
  readonly first: Step;
  /** @param response base64, as the client sent it */
  step(response: string): Promise<Step>;
  /** The client gave up, or is gone. */
  abort(): void;
}

export interface SaslServer {
  /** For EHLO, in order; empty: nothing to offer. */
  mechanisms(context: SaslContext): Promise<readonly string[]>;
  /** @param initial base64, as the client sent it; undefined: none */
  start(mechanism: string, initial: string | undefined, context: SaslContext): Promise<Exchange>;
  close(): void;
}

export interface SaslServerParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  readonly dicts: DictOpener;
  /** Where a relative socket of Dovecot is, as this process reaches it. */
  readonly queueDirectory: string;
}
