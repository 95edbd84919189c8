/**
 * agent/mailbox/earlier-deliveries - did this message come into that Maildir before, in a delivery that was cut short?
 *
 * Between the move into new/ and the note in the queue a crash would make it come twice. After one, the queue says which
 * messages may have been delivered, and since when; files of that time are looked at: what has our Received: line with
 * the message's queue id below the same first lines is the same message. Each directory is read once for all of them.
 */
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { MailboxMessage } from '../../ipc/conversation/mailbox.js';

const headSize = 4096;
const maxFiles = 20_000; // the newest count: a restart follows a crash soon
const folders = ['new', 'cur'];

interface Earlier {
  /** ms since 1970: older files were not looked at. */
  readonly since: number;
  /** queue id -> what stands before the first Received: line, of each such file */
  readonly prefixes: Map<string, string[]>;
}

export class EarlierDeliveries {
  readonly #directories = new Map<string, Promise<Earlier>>();

  /** @param directory ends in `/` */
  async has(directory: string, message: MailboxMessage): Promise<boolean> {
    const since = message.mayBeThereSince;
    if (since === undefined) return false;
    let earlier = await this.#directories.get(directory);
    if (!earlier || earlier.since > since) {
      const reading = readEarlier(directory, since);
      this.#directories.set(directory, reading);
      earlier = await reading;
    }
    return earlier.prefixes.get(message.queueId)?.includes(message.prefix) ?? false;
  }
}

async function readEarlier(directory: string, since: number): Promise<Earlier> {
  const prefixes = new Map<string, string[]>();
  for (const file of await filesSince(directory, since)) {
    const head = await readHead(file);
    const match = /^((?:(?!Received:)\S+: .*\n)*)Received: [^]*?\sid ([0-9A-Za-z]+)/.exec(head);
    if (!match) continue;
    const [, prefix = '', queueId = ''] = match;
    const known = prefixes.get(queueId);
    if (known) known.push(prefix);
    else prefixes.set(queueId, [prefix]);
  }
  return { since, prefixes };
}

/** Names begin with the second of their delivery. */
async function filesSince(directory: string, since: number): Promise<string[]> {
  const found: { readonly file: string; readonly second: number }[] = [];
  for (const folder of folders) {
    const names = await readdir(path.join(directory, folder)).catch(() => []);
    for (const name of names) {
      const second = Number.parseInt(name, 10);
      if (second * 1000 + 999 >= since)
        found.push({ file: path.join(directory, folder, name), second });
    }
  }
  found.sort((a, b) => b.second - a.second);
  return found.slice(0, maxFiles).map(({ file }) => file);
}

/** '' when it is no plain file of ours, or gone. */
async function readHead(file: string): Promise<string> {
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = await open(file, flags);
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(headSize), 0, headSize, 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch {
    return '';
  }
}
