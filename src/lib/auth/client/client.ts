/** client/client - what a mechanism is to who logs in: challenges in, responses out; pure. */
import type { SecurityWord } from '../mechanism.js';
import type { ChannelBindings } from '../mechanism.js';

export interface Credentials {
  readonly user: string;
  /** A password, or the token of XOAUTH2. */
  readonly secret: string;
}

export interface ClientContext {
  readonly credentials: Credentials;
  /** `smtp`, or `lmtp`. */
  readonly service: string;
  readonly host: string;
  /** Act as this one; '' for oneself. */
  readonly authzid: string;
  readonly bindings: ChannelBindings | undefined;
  /** The server offers this mechanism's twin with channel binding. */
  readonly isPlusOffered: boolean;
  readonly randomBytes: (size: number) => Buffer;
}

export interface ClientMachine {
  /** Undefined: the server speaks first. */
  initial(): Buffer | undefined;
  /** The response; a text: the server is not who knows our password, or speaks another language. */
  respond(challenge: Buffer): Promise<Buffer | string>;
  /** After the server's yes: false where it did not prove what it must prove. */
  isSatisfied(): boolean;
}

export interface ClientMechanism {
  readonly name: string;
  readonly security: ReadonlySet<SecurityWord>;
  readonly needsBinding: boolean;
  readonly create: (context: ClientContext) => ClientMachine;
}
