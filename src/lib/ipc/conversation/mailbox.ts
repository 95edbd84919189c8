/**
 * ipc/conversation/mailbox - work that must be done as the recipient's user.
 *
 * As root each (uid, gid, directory) is served by a pooled child that has dropped to that user; otherwise
 * the same code runs in this process. The caller has no rights on the user's files.
 */

/** Whose rights to use. `directory` is where the child stands before it drops root (home, or a base). */
export interface UserContext {
  /** The account; '' where only numbers are known (virtual). */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly directory: string;
  /**
   * `spool`: `directory` is the mail spool, and the child also has the group of that directory, so that it can lock
   * and make the mailbox `name`. `spool-once`: only the spool's owner can make files there, so the child makes the
   * mailbox before it drops root, and serves one request. Neither runs commands or reads files.
   */
  readonly purpose?: 'spool' | 'spool-once';
}

/** Log lines of severity warning that the agent writes on the worker's behalf. */
interface Warned {
  readonly warnings?: readonly string[];
}

export type MailboxOutcome =
  | ({ readonly is: 'done' } & Warned)
  /** `dsn` as RFC 3463; `text` is the cause alone, the agent says what it was doing. */
  | ({ readonly is: 'deferred' | 'bounced'; readonly dsn: string; readonly text: string } & Warned);

/** `output`: both streams together, cut at 4096 bytes, Latin-1. */
export type CommandOutcome =
  | { readonly is: 'exited'; readonly status: number; readonly output: string }
  | { readonly is: 'signalled'; readonly signal: number; readonly output: string }
  | { readonly is: 'timeout' }
  /** It never ran. `isStarted`: it would have said why itself, as a child that could not become the program. */
  | { readonly is: 'failed'; readonly text: string; readonly isStarted: boolean };

/** A message as it goes into a mailbox: `prefix` (Return-Path etc.) is LF-ended header text. */
export interface MailboxMessage {
  readonly queueId: string;
  readonly prefix: string;
  readonly size: number;
  content(): AsyncIterable<Uint8Array>;
  readonly inline?: Uint8Array;
  /** A delivery that was cut short may have brought it here, not before this time: ms since 1970. */
  readonly mayBeThereSince?: number;
}

export interface UserWorker {
  /** Path ends in `/`, absolute or relative to `directory`. Synced, then moved into new/. */
  maildir(path: string, message: MailboxMessage, limits: MailboxLimits): Promise<MailboxOutcome>;
  /** mbox append, locked and synced; truncated back after an error. `from` is the From_ line. */
  mbox(
    path: string,
    from: string,
    message: MailboxMessage,
    limits: MailboxLimits,
  ): Promise<MailboxOutcome>;
  command(command: UserCommand, message: MailboxMessage): Promise<CommandOutcome>;
  /** A user's `.forward` or an `:include:` file. */
  readFile(path: string, options: ReadOptions): Promise<UserFile>;
}

export interface ReadOptions {
  readonly maxBytes: number;
  /** Whether the last name may be a symbolic link. */
  readonly followLinks: boolean;
}

/** `refused`: it is there, and not such a file as we read; `text` completes `file NAME`. */
export type UserFile =
  | { readonly is: 'file'; readonly text: string; readonly uid: number; readonly mode: number }
  | { readonly is: 'missing' }
  | { readonly is: 'refused'; readonly text: string }
  | { readonly is: 'failed'; readonly call: 'open' | 'lookup'; readonly text: string };

export interface MailboxLimits {
  /** Bytes; 0 is none (mailbox_size_limit, virtual_mailbox_limit). */
  readonly sizeLimit: number;
  readonly lockMethods: readonly ('fcntl' | 'flock' | 'dotlock')[];
  readonly lockAttempts: number;
  readonly lockDelayMs: number;
  readonly staleLockMs: number;
  /** Status for trouble that is no one's passing trouble: rights, missing directories. `4.2.0` or `5.2.0`. */
  readonly problemDsn: string;
  /** strict_mailbox_ownership: an mbox file must be the user's own. */
  readonly ownerOnly: boolean;
  /** For `/file` targets: devices may be written to, and a lock file is made where that is possible. */
  readonly anyFile: boolean;
}

export interface UserCommand {
  /** Either a shell command line, or an argument vector. */
  readonly shell?: string;
  readonly argv?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute. `mustExist` false: the user's directory or `/` will do when it cannot be entered. */
  readonly directory: string;
  readonly mustExist: boolean;
  readonly timeoutMs: number;
  /** Program and arguments that take the `shell` line as their last (local_command_shell). */
  readonly shellProgram?: string;
  /** Put before the message: a From_ line, without line end. */
  readonly from?: string;
  /** Largest file that the command may write; 0 is any. */
  readonly fileSizeLimit: number;
}

export interface UserWorkers {
  /** @throws when the worker cannot be had: the caller defers. */
  for(user: UserContext): Promise<UserWorker>;
  close(): Promise<void>;
}
