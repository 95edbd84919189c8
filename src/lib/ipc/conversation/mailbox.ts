/**
 * ipc/conversation/mailbox - work that must be done as the recipient's user.
 *
 * As root each (uid, gid, directory) is served by a pooled child that has dropped to that user; otherwise
 * the same code runs in this process. The caller has no rights on the user's files.
 */

/** Whose rights to use. `directory` is where the child stands before it drops root (home, or a base). */
export interface UserContext {
  /** For initgroups and USER/LOGNAME; '' where only numbers are known (virtual). */
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly directory: string;
}

export type MailboxOutcome =
  | { readonly is: 'done' }
  /** `dsn` as RFC 3463; a text without the path's secrets is not needed: users see their own paths. */
  | { readonly is: 'deferred' | 'bounced'; readonly dsn: string; readonly text: string };

export type CommandOutcome =
  | { readonly is: 'exited'; readonly status: number; readonly output: string }
  | { readonly is: 'signalled'; readonly signal: string; readonly output: string }
  | { readonly is: 'timeout' }
  | { readonly is: 'failed'; readonly text: string };

/** A message as it goes into a mailbox: `prefix` (Return-Path etc.) is LF-ended header text. */
export interface MailboxMessage {
  readonly queueId: string;
  readonly prefix: string;
  readonly size: number;
  content(): AsyncIterable<Uint8Array>;
  readonly inline?: Uint8Array;
}

export interface UserWorker {
  /** Path ends in `/`, absolute or relative to `directory`. Synced, then linked into new/. */
  maildir(path: string, message: MailboxMessage, limits: MailboxLimits): Promise<MailboxOutcome>;
  /** mbox append, locked and synced; truncated back after an error. `from` is the From_ line. */
  mbox(
    path: string,
    from: string,
    message: MailboxMessage,
    limits: MailboxLimits,
  ): Promise<MailboxOutcome>;
  command(command: UserCommand, message: MailboxMessage): Promise<CommandOutcome>;
  /** A user's `.forward` or an `:include:` file; undefined when it does not exist. @throws on other trouble */
  readFile(path: string, maxBytes: number): Promise<UserFile | undefined>;
}

export interface UserFile {
  readonly text: string;
  readonly uid: number;
  readonly mode: number;
}

export interface MailboxLimits {
  /** Bytes; 0 is none (mailbox_size_limit, virtual_mailbox_limit). */
  readonly sizeLimit: number;
  readonly lockMethods: readonly ('fcntl' | 'flock' | 'dotlock')[];
  readonly lockAttempts: number;
  readonly lockDelayMs: number;
  readonly staleLockMs: number;
  readonly hostname: string;
}

export interface UserCommand {
  /** Either a shell command line, or an argument vector. */
  readonly shell?: string;
  readonly argv?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly timeoutMs: number;
  /** Shell for `shell` commands (local_command_shell); undefined is /bin/sh -c. */
  readonly shellProgram?: string;
}

export interface UserWorkers {
  /** @throws when the worker cannot be had: the caller defers. */
  for(user: UserContext): Promise<UserWorker>;
  close(): Promise<void>;
}
