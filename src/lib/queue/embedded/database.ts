/**
 * queue/embedded/database - the LMDB environment of one queue: its tables, numbers, and reader slots.
 *
 * Invariant: a commit's promise resolves after the data is on disk. npm's lmdb does that only with
 * `overlappingSync: false`; with its default it resolves before the sync, and a power cut loses acknowledged mail.
 * All writes go through GroupWriter: on a full disk the library's own batching rejects a promise that no one holds,
 * which ends the process; hence `eventTurnBatching: false`.
 */
import path from 'node:path';
import { type Database as Table, open, type RootDatabase } from 'lmdb';
import { GroupWriter } from './group-writer.js';
import { Sequence } from './sequence.js';

export interface Database {
  /** Queue id -> MessageRecord, with a version that each change raises. */
  readonly mail: Table<Buffer, string>;
  /** blockKey -> recipients after the first block. */
  readonly blocks: Table<Buffer, string>;
  /** Queue id -> content of small messages. */
  readonly content: Table<Buffer, string>;
  /** dueKey -> nothing. */
  readonly due: Table<Buffer, string>;
  readonly writer: GroupWriter;
  /** Numbers no one had before. */
  readonly sequence: Sequence;
  /** Makes this process the owner of deliveries: a number greater than every owner's before. */
  takeOwnership(): number;
  currentOwner(): number;
  /** The next reads see what other processes have committed until now, also within the same event turn. */
  refresh(): void;
  /** Frees pages that readers of killed processes pin. */
  checkReaders(): void;
  close(): Promise<void>;
}

const pageSize = 8192; // a 4 KB message with its headers takes one page: a third less work per commit than at 4096
const maxReaders = 512; // one a process and cursor; dead ones are cleared by checkReaders

export function openDatabase(directory: string, readOnly: boolean): Database {
  const root: RootDatabase<Buffer, string> = open({
    path: path.join(directory, 'queue', 'mail.mdb'),
    overlappingSync: false,
    eventTurnBatching: false,
    encoding: 'binary',
    pageSize,
    maxReaders,
    maxDbs: 8,
    readOnly,
  });
  const table = (name: string, useVersions = false): Table<Buffer, string> =>
    root.openDB<Buffer, string>({ name, encoding: 'binary', useVersions });
  // Numbers are kept as versions, so that a write can depend on them.
  const numbers = table('numbers', true);
  const numberOf = (name: string): number => numbers.getEntry(name)?.version ?? 0;
  const writer = new GroupWriter(root, numbers, directory);

  return {
    mail: table('mail', true),
    blocks: table('blocks'),
    content: table('content'),
    due: table('due'),
    writer,
    sequence: new Sequence(root, numbers, writer),
    takeOwnership: () =>
      root.transactionSync(() => {
        const next = numberOf('owner') + 1;
        numbers.putSync('owner', Buffer.from(String(next)), next);
        return next;
      }),
    currentOwner: () => numberOf('owner'),
    refresh: () => root.resetReadTxn(),
    checkReaders: () => void root.readerCheck(),
    async close() {
      await writer.drain();
      await root.close();
    },
  };
}
