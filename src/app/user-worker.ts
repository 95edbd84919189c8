/**
 * app/user-worker - the entry of a process that becomes one user and then works on that user's mailboxes.
 *
 * Started by master as root with the user as its argument and a socket as descriptor 3. It stands in the user's
 * directory and drops root before it reads a byte.
 */
import { Socket } from 'node:net';
import process from 'node:process';
import { inProcessWorker } from '../lib/agent/mailbox/in-process.js';
import { serveWorker } from '../lib/agent/mailbox/serve-worker.js';
import type { UserContext } from '../lib/ipc/conversation/mailbox.js';
import { tryLock } from '../lib/sys/lock.js';
import { dropPrivileges } from '../lib/sys/privilege.js';

const socketDescriptor = 3;

const user = JSON.parse(process.argv[2] ?? '') as UserContext;
void tryLock(socketDescriptor); // loads libc while its files can be reached; a socket takes no lock
try {
  process.chdir(user.directory);
} catch {
  // The directory may be missing, or on a server that does not trust root: absolute paths are used then.
  process.chdir('/');
}
dropPrivileges(user);
process.umask(0o077);
process.title = 'hikyaku mailbox';

const socket = new Socket({ fd: socketDescriptor, readable: true, writable: true });
// The queue's side is gone, or has no more work.
socket.on('end', () => process.exit(0));
socket.on('error', () => process.exit(1));
serveWorker(socket, inProcessWorker(process.cwd() === '/' ? user.directory : ''), user.uid !== 0);
