/**
 * queue/embedded/database - the LMDB environment of one queue: its tables, sequence numbers, and error kinds.
 *
 * Invariant: a write's promise resolves after the data is on disk. npm's lmdb does that only with
 * `overlappingSync: false`; with its default the promise resolves at commit, before the sync, and a power cut
 * loses acknowledged mail. All writes of one event turn ride in one transaction and one sync: the group commit.
 */
import path from 'node:path';
import { type Database as LmdbDatabase, open, type RootDatabase } from 'lmdb';
import { QueueError } from '../store.js';

export interface Database {
  /** Queue id -> MessageRecord, with a version that each change raises. */
  readonly mail: LmdbDatabase<Buffer, string>;
  /** blockKey -> recipients after the first block. */
  readonly blocks: LmdbDatabase<Buffer, string>;
  /** Queue id -> content of small messages. */
  readonly content: LmdbDatabase<Buffer, string>;
  /** dueKey -> nothing. */
  readonly due: LmdbDatabase<Buffer, string>;
  /** A number no one had before, in blocks of `sequenceBlock`. */
  nextSequence(): number;
  /** Makes this process the owner of deliveries: a number greater than every owner's before. */
  takeOwnership(): number;
  currentOwner(): number;
  /** Frees pages that readers of killed processes pin. */
  checkReaders(): void;
  /** From now on reads see what other processes have committed up to now: lmdb keeps a snapshot for a while. */
  refresh(): void;
  close(): Promise<void>;
}

const sequenceBlock = 4096;
const firstSequence = 0x10000;
const maxReaders = 512; // one a process and cursor; dead ones are cleared by checkReaders

export function openDatabase(directory: string): Database {
  const root: RootDatabase<Buffer, string> = open({
    path: path.join(directory, 'queue', 'mail.mdb'),
    overlappingSync: false,
    encoding: 'binary',
    maxReaders,
    maxDbs: 8,
  });
  const system = root.openDB<number, string>({ name: 'system', encoding: 'json' });

  const raise = (name: string, by: number, first: number): number =>
    root.transactionSync(() => {
      const next = (system.get(name) ?? first) + by;
      system.putSync(name, next);
      return next - by;
    });

  let sequence = 0;
  let sequenceEnd = 0;
  return {
    mail: root.openDB<Buffer, string>({ name: 'mail', encoding: 'binary', useVersions: true }),
    blocks: root.openDB<Buffer, string>({ name: 'blocks', encoding: 'binary' }),
    content: root.openDB<Buffer, string>({ name: 'content', encoding: 'binary' }),
    due: root.openDB<Buffer, string>({ name: 'due', encoding: 'binary' }),
    nextSequence() {
      if (sequence === sequenceEnd) {
        sequence = raise('sequence', sequenceBlock, firstSequence);
        sequenceEnd = sequence + sequenceBlock;
      }
      return sequence++;
    },
    takeOwnership: () => raise('owner', 1, 0) + 1,
    currentOwner: () => system.get('owner') ?? 0,
    checkReaders: () => void root.readerCheck(),
    refresh: () => root.resetReadTxn(),
    close: () => root.close(),
  };
}

/** What a failed write means for the one who wanted it. */
export function queueError(error: unknown, doing: string): QueueError {
  if (error instanceof QueueError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const isFull = /ENOSPC|EDQUOT|no space|quota|MDB_MAP_FULL|MDB_DBS_FULL/i.test(text);
  return new QueueError(`${doing}: ${text}`, isFull ? 'full' : 'failed', { cause: error });
}
