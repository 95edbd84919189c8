/**
 * master/worker-handle - one worker process as master sees it.
 *
 * The channel carries no mail. When it closes the worker ends by itself, so a killed master leaves no orphans
 * that go on for ever.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import os from 'node:os';
import type { ConfigurationSources } from '../../lib/config/load.js';
import type { HandedFiles } from '../../lib/dict/file/handed.js';
import type { UserContext } from '../../lib/ipc/conversation/mailbox.js';
import type { TlsMaterial } from '../../lib/tls/material.js';
import type { Handover } from '../../lib/queue/store.js';
import type { FromWorker, ListenerPlan, Role, ToWorker } from '../../lib/server/worker-protocol.js';

export interface BoundListener extends ListenerPlan {
  readonly fd: number;
}

export interface WorkerEvents {
  ready(): void;
  handedOver(handover: Handover): void;
  handedBack(queueIds: readonly string[]): void;
  /** A start that cannot succeed: wrong settings, missing account. */
  fatal(text: string, exitStatus: number): void;
  spawnUser(user: UserContext): Promise<Socket>;
  exited(status: string): void;
}

export interface WorkerStart {
  readonly program: string;
  readonly role: Role;
  readonly configDirectory: string;
  readonly sources: ConfigurationSources;
  readonly listeners: readonly BoundListener[];
  readonly owner?: { readonly name: string; readonly uid: number; readonly gid: number };
  readonly json: boolean;
  readonly tls: TlsMaterial;
  readonly tables: HandedFiles;
  /** Deliver at once, in the place of those who have handed over; undefined: wait for takeOver(). */
  readonly handover?: Handover;
}

const firstPassedDescriptor = 4; // 0 to 2 standard, 3 the channel

export class WorkerHandle {
  readonly role: Role;
  readonly #child: ChildProcess;

  constructor(start: WorkerStart, events: WorkerEvents) {
    this.role = start.role;
    this.#child = spawn(process.execPath, [start.program], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...start.listeners.map(({ fd }) => fd)],
      serialization: 'json',
      // Ctrl-C reaches the whole foreground group; only master acts on it.
      env: { ...process.env, HIKYAKU_ROLE: start.role },
    });
    this.#child.on('message', (message) => this.#receive(message as FromWorker, events));
    this.#child.on('error', (error) => events.exited(error.message));
    this.#child.on('exit', (status, signal) =>
      events.exited(
        signal === null
          ? `exit status ${status ?? 0}`
          : `killed by signal ${os.constants.signals[signal]}`,
      ),
    );
    this.#send({
      op: 'start',
      role: start.role,
      configDirectory: start.configDirectory,
      sources: start.sources,
      json: start.json,
      tls: start.tls,
      tables: start.tables,
      ...(start.owner === undefined ? {} : { owner: start.owner }),
      ...(start.handover === undefined ? {} : { handover: start.handover }),
      listeners: start.listeners.map(({ service, address, port }, index) => ({
        service,
        address,
        port,
        fd: firstPassedDescriptor + index,
      })),
    });
  }

  get isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Certificates changed. */
  useTls(tls: TlsMaterial): void {
    this.#send({ op: 'tls', tls });
  }

  /** Tables that only root may read changed. */
  useTables(tables: HandedFiles): void {
    this.#send({ op: 'tables', tables });
  }

  /** Begins to deliver. */
  takeOver(handover: Handover): void {
    this.#send({ op: 'take-over', handover });
  }

  handedBack(queueIds: readonly string[]): void {
    this.#send({ op: 'handed-back', queueIds });
  }

  drain(patient: boolean): void {
    this.#send({ op: 'drain', patient });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #receive(message: FromWorker, events: WorkerEvents): void {
    switch (message.op) {
      case 'ready':
        events.ready();
        return;
      case 'handed-over':
        events.handedOver(message.handover);
        return;
      case 'handed-back':
        events.handedBack(message.queueIds);
        return;
      case 'fatal':
        events.fatal(message.text, message.exitStatus);
        return;
      case 'spawn-user':
        events.spawnUser(message.user).then(
          (socket) => {
            this.#send({ op: 'user-worker', id: message.id }, socket);
          },
          (error: unknown) => {
            const text = error instanceof Error ? error.message : String(error);
            this.#send({ op: 'user-worker', id: message.id, error: text });
          },
        );
    }
  }

  #send(message: ToWorker, socket?: Socket): void {
    if (!this.#child.connected) {
      socket?.destroy();
      return;
    }
    // The worker may die at any time; its exit event tells.
    this.#child.send(message, socket, {}, () => socket?.destroy());
  }
}
