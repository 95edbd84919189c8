/**
 * agent/mailbox/safe-open - opens a mailbox file for appending, whatever others have put in its place.
 *
 * An existing file: not through a symbolic link (unless it is root's, in a directory of root's), one name only, and
 * the same file that the name stands for. A missing one is made exclusively. Nothing is written or truncated before
 * these checks. Postfix: safe_open.c.
 */
import { closeSync, constants, fstatSync, lstatSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { openFile } from '../../sys/file-calls.js';
import { errnoText } from '../../util/errno-text.js';

/** What is wrong, in words; `cause` when the system said so. */
export class UnsafeFile extends Error {
  readonly code: string;

  constructor(text: string, code: string) {
    super(text);
    this.code = code;
  }
}

export interface OpenedFile {
  readonly descriptor: number;
  readonly stats: Stats;
}

// O_NONBLOCK: a FIFO in the place of the file must not stop us.
const existingFlags = constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK;
const createFlags =
  constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_EXCL |
  constants.O_NOFOLLOW;

/** The caller closes. @throws {UnsafeFile} */
export async function openForAppend(file: string): Promise<OpenedFile> {
  const first = await open(file, existingFlags);
  if (typeof first === 'number') return checked(file, first);
  if (first.code !== 'ENOENT') throw refusal('cannot open file', first);
  const made = await open(file, createFlags);
  if (typeof made === 'number') return { descriptor: made, stats: fstatSync(made) };
  if (made.code !== 'EEXIST') throw refusal('cannot create file exclusively', made);
  // Another delivery made it meanwhile; or it is a link to nowhere, and this fails.
  const second = await open(file, existingFlags);
  if (typeof second === 'number') return checked(file, second);
  throw refusal('cannot open file', second);
}

async function open(file: string, flags: number): Promise<number | NodeJS.ErrnoException> {
  try {
    return await openFile(file, flags, 0o600);
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

function refusal(what: string, error: NodeJS.ErrnoException): UnsafeFile {
  return new UnsafeFile(`${what}: ${errnoText(error)}`, error.code ?? '');
}

function checked(file: string, descriptor: number): OpenedFile {
  try {
    const stats = fstatSync(descriptor);
    const problem = problemOf(file, stats);
    if (problem !== undefined) throw new UnsafeFile(problem, 'EPERM');
    return { descriptor, stats };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function problemOf(file: string, opened: Stats): string | undefined {
  if (opened.isFIFO() || opened.isSocket() || opened.isBlockDevice())
    return 'file is not a regular file or a character device';
  if (opened.isFile() && opened.nlink !== 1) return `file has ${opened.nlink} hard links`;
  const named = lstatSync(file);
  if (named.isSymbolicLink()) {
    const trusted = named.uid === 0 && isRootsAlone(statSync(path.dirname(file)));
    return trusted ? undefined : 'file is a symbolic link';
  }
  const isSame = named.dev === opened.dev && named.ino === opened.ino && named.mode === opened.mode;
  return isSame ? undefined : 'file status changed unexpectedly';
}

function isRootsAlone(directory: Stats): boolean {
  return directory.uid === 0 && (directory.mode & 0o022) === 0;
}
