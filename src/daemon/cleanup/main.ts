/**
 * NAME
 *   cleanup - takes new mail, puts it in order, and puts it into the queue
 *
 * DESCRIPTION
 *   Adds Received: and, for mail of our own users, the header fields that are missing; drops Bcc: and the others of
 *   message_drop_headers; completes addresses; expands virtual aliases; adds blind copies; refuses mail that has
 *   passed too many servers or is too big. Answers after the message is on disk.
 *
 * SEE ALSO
 *   qmgr(8), trivial-rewrite(8), virtual(5)
 */
import type { Cleanup } from '../../lib/ipc/conversation/cleanup.js';
import { type CleanupParts, createCore } from './core.js';
import { Session } from './session.js';

export function createCleanup(parts: CleanupParts): Cleanup {
  const core = createCore(parts);
  return { open: (envelope, options) => new Session(core, envelope, options) };
}
