/**
 * server/worker-protocol - what master(8) and its workers tell each other over their channel.
 *
 * A worker is one process that hosts the programs of one role; see roles. Only counts, names, settings
 * directories, tables and TLS keys travel here, never bytes of mail.
 */
import type { ConfigurationSources } from '../config/load.js';
import type { HandedFiles } from '../dict/file/handed.js';
import type { UserContext } from '../ipc/conversation/mailbox.js';
import type { Handover } from '../queue/store.js';
import type { TlsMaterial } from '../tls/material.js';

/**
 * `edge` reads bytes from strangers (smtpd, cleanup, rewriting, anvil); `queue` delivers (qmgr, bounce, agents,
 * pickup); `all` is both, for a server that was not started by root.
 */
export type Role = 'edge' | 'queue' | 'all';

export interface ListenerPlan {
  /** Line of master.cf as `name/type`, e.g. `smtp/inet`. */
  readonly service: string;
  /** The path of a UNIX socket, relative to the queue directory, with port 0. */
  readonly address: string;
  readonly port: number;
  /** Descriptor in the worker; undefined: the worker binds by itself. */
  readonly fd?: number;
}

export type ToWorker =
  | {
      readonly op: 'start';
      readonly role: Role;
      readonly configDirectory: string;
      /** What master has read and found good: the files may have changed since. */
      readonly sources: ConfigurationSources;
      readonly listeners: readonly ListenerPlan[];
      /** Numbers to drop root to; undefined: stay who we are. */
      readonly owner?: { readonly name: string; readonly uid: number; readonly gid: number };
      readonly json: boolean;
      /** Begin to deliver at once; undefined: wait for take-over. */
      readonly handover?: Handover;
      /** Certificates and private keys, which master may read and the worker may not. */
      readonly tls: TlsMaterial;
      readonly tables: HandedFiles;
    }
  /** Certificates or ticket keys are others from now on. */
  | { readonly op: 'tls'; readonly tls: TlsMaterial }
  /** Table files that the worker may not read are others from now on. */
  | { readonly op: 'tables'; readonly tables: HandedFiles }
  /** Begin to deliver, in the place of those who have handed over. */
  | { readonly op: 'take-over'; readonly handover: Handover }
  /** Those are done with these messages. */
  | { readonly op: 'handed-back'; readonly queueIds: readonly string[] }
  /**
   * Take no new work, finish what is under way, exit. Patient: sessions and deliveries go on to their own end; otherwise
   * sessions end after their message, and deliveries are cut short.
   */
  | { readonly op: 'drain'; readonly patient: boolean }
  /** The answer to spawn-user; the socket to the child comes with it, unless it failed. */
  | { readonly op: 'user-worker'; readonly id: number; readonly error?: string };

export type FromWorker =
  | { readonly op: 'ready' }
  /** The queue manager of this worker begins nothing any more: another may start. */
  | { readonly op: 'handed-over'; readonly handover: Handover }
  /** After that: this worker is done with these messages. */
  | { readonly op: 'handed-back'; readonly queueIds: readonly string[] }
  | { readonly op: 'spawn-user'; readonly id: number; readonly user: UserContext }
  | { readonly op: 'fatal'; readonly text: string; readonly exitStatus: number };
