/** command/command - what a command is to the session. */
import type { Reply } from '../../../lib/protocol/smtp/reply.js';
import type { SessionControl } from '../control.js';

/** The reply; undefined: content follows, and the reply after it. */
export type Command = (
  session: SessionControl,
  argument: string,
) => Reply | undefined | Promise<Reply | undefined>;
