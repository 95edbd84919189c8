/**
 * app/user-worker - the entry of a process that becomes one user and then works on that user's mailboxes.
 *
 * Started by master as root with the user as its argument and a socket as descriptor 3. It stands in the user's
 * directory and drops root before it reads a byte. See lib/agent/mailbox.
 */
import process from 'node:process';
import { runUserWorker } from '../lib/agent/mailbox/user-process.js';
import type { UserContext } from '../lib/ipc/conversation/mailbox.js';

const socketDescriptor = 3;

await runUserWorker(JSON.parse(process.argv[2] ?? '') as UserContext, socketDescriptor);
process.exit(0);
