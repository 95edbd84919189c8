/** auth/mechanism - what a SASL mechanism is to the table and to the server. */
import type { BackEnd, Proof } from './backend.js';
import type { Step } from './exchange.js';
import type { Realms } from './login.js';

/** The words of smtpd_sasl_security_options. */
export const securityWords = [
  'noplaintext',
  'noactive',
  'nodictionary',
  'noanonymous',
  'forward_secrecy',
  'mutual_auth',
] as const;
export type SecurityWord = (typeof securityWords)[number];

/** What ties a login to the TLS channel that it came through. RFC 5929, RFC 9266. */
export interface ChannelBindings {
  readonly 'tls-exporter'?: Buffer;
  readonly 'tls-unique'?: Buffer;
  readonly 'tls-server-end-point'?: Buffer;
}

export interface MechanismContext {
  readonly backEnd: BackEnd;
  readonly realms: Realms;
  /** smtpd_sasl_service: `smtp`. */
  readonly service: string;
  /** Undefined: no TLS. */
  readonly bindings: ChannelBindings | undefined;
  /** A -PLUS mechanism is offered too: who claims that it is not was lied to. */
  readonly offersPlus: boolean;
  /** Name that a verified client certificate stands for; undefined: there is none. */
  readonly certificateName: string | undefined;
  /** Makes answers for unknown names; the same for the life of the process. */
  readonly fakeSecret: Buffer;
  readonly randomBytes: (size: number) => Buffer;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A pure state machine: responses in, steps out. */
export interface MechanismMachine {
  /** @param initial undefined: the client sent no initial response */
  start(initial: Buffer | undefined): Step | Promise<Step>;
  step(response: Buffer): Step | Promise<Step>;
}

export interface Mechanism {
  readonly name: string;
  /** What the back end must be able to check; undefined: the certificate counts. */
  readonly needs: Proof | undefined;
  /** Needs TLS, and binds itself to it. */
  readonly isPlus: boolean;
  readonly security: ReadonlySet<SecurityWord>;
  readonly create: (context: MechanismContext) => MechanismMachine;
}
