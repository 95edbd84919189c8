/**
 * master/master - keeps the workers running: start, restart with throttling, reload, stop.
 *
 * Invariants: sockets stay bound while a worker is replaced; one queue manager at a time begins deliveries (see
 * handovers; and if there were two, the store would refuse the older); a configuration that does not load changes nothing.
 * After a reload the old workers finish their sessions and deliveries beside the new ones, for daemon_timeout at most.
 */
import type { Configuration } from '../../lib/config/load.js';
import type { HiddenTables } from '../../lib/dict/hidden-tables.js';
import { namedTableFiles } from '../../lib/dict/named-tables.js';
import type { Log } from '../../lib/log/log.js';
import type { Clock, Timer } from '../../lib/sys/clock.js';
import { openUnixListenSocket } from '../../lib/sys/listen-socket.js';
import { asUser } from '../../lib/sys/privilege.js';
import type { Role } from '../../lib/server/worker-protocol.js';
import { tlsServices } from '../../lib/server/tls-services.js';
import type { TlsKeeper } from '../../lib/tls/keeper.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { CommandServices, type CreateCommandService } from './command-services.js';
import { Handovers } from './handovers.js';
import { Listeners, planListeners } from './listeners.js';
import { nextWait } from './throttle.js';
import type { UserWorkerSpawner } from './user-workers.js';
import { WorkerHandle } from './worker-handle.js';

export interface MasterParts {
  readonly log: Log;
  readonly clock: Clock;
  readonly configDirectory: string;
  readonly workerProgram: string;
  readonly roles: readonly Role[];
  readonly owner?: { readonly name: string; readonly uid: number; readonly gid: number };
  readonly json: boolean;
  readonly userWorkers: UserWorkerSpawner;
  readonly tls: TlsKeeper;
  readonly tables: HiddenTables;
  readonly createCommandService: CreateCommandService;
  loadConfiguration(): Configuration;
  /** A first start that cannot succeed. */
  onFatal(text: string, exitStatus: number): void;
}

interface Slot {
  readonly role: Role;
  current?: WorkerHandle;
  /** When it was ready; Infinity: not yet. A start that takes long is no long life. */
  readyAt: number;
  wait: number;
  timer?: Timer;
  wasReady: boolean;
}

const drainMs = 5_000; // as long as postfix-script waits for a stop
const handoverMs = 30_000; // in which a queue manager gives back what waits
const maxDraining = 40; // old workers that finish at their leisure after reloads; each takes some 40 MB

export class Master {
  readonly #parts: MasterParts;
  readonly #listeners: Listeners;
  readonly #commands: CommandServices;
  readonly #slots: Slot[];
  readonly #draining = new Set<WorkerHandle>();
  /** Of those the ones that have lost our patience. */
  readonly #hurried = new Set<WorkerHandle>();
  readonly #handovers = new Handovers<WorkerHandle>();
  /** The last that was found good: all workers are started with it. */
  #configuration: Configuration | undefined;
  #stopping = false;
  #onIdle: (() => void) | undefined;

  constructor(parts: MasterParts) {
    this.#parts = parts;
    const { owner } = parts;
    this.#listeners = new Listeners((path) => asUser(owner, () => openUnixListenSocket(path)));
    this.#commands = new CommandServices(parts.createCommandService, parts.log);
    this.#slots = parts.roles.map((role) => ({
      role,
      readyAt: Infinity,
      wait: 0,
      wasReady: false,
    }));
  }

  /** Binds and starts everything; resolves when each worker has said that it is ready. @throws {FatalError} */
  async start(configuration: Configuration): Promise<void> {
    this.#parts.tls.use(tlsServices(configuration));
    this.#parts.tables.use(namedTableFiles(configuration));
    this.#listeners.update(await planListeners(configuration.services, configuration.settings));
    this.#configuration = configuration;
    this.#commands.use(configuration, this.#listeners.of('master'));
    for (const slot of this.#slots) await this.#startWorker(slot);
  }

  /**
   * New settings for new workers; the old finish their sessions. A configuration that is wrong changes nothing, and one
   * that no worker can start with is given up again. Reloads that come meanwhile wait.
   */
  reload(): Promise<void> {
    if (this.#isReloadWanted) return this.#reloading;
    this.#isReloadWanted = true;
    this.#reloading = this.#reloading
      .then(() => {
        this.#isReloadWanted = false;
        return this.#reload();
      })
      .catch((error: unknown) => this.#parts.log.error(`reload: ${(error as Error).message}`));
    return this.#reloading;
  }

  #reloading: Promise<void> = Promise.resolve();
  /** One waits for the reload that is under way; it will see all changes. */
  #isReloadWanted = false;

  async #reload(): Promise<void> {
    if (this.#stopping) return;
    const old = this.#configuration;
    try {
      await this.#use(this.#parts.loadConfiguration());
    } catch (error) {
      if (!(error instanceof FatalError)) throw error;
      this.#parts.log.error(`reload: ${error.message}; the old settings go on`);
      return;
    }
    const done: Slot[] = [];
    for (const slot of this.#slots) {
      const problem = await this.#replace(slot);
      if (problem === undefined) {
        done.push(slot);
        continue;
      }
      this.#parts.log.error(`reload: ${problem}; the old settings go on`);
      if (old) await this.#use(old, () => this.#parts.tls.goBack());
      for (const changed of done) await this.#replace(changed);
      if (!slot.current) await this.#startWorker(slot);
      return;
    }
  }

  /** @throws {FatalError} an address that cannot be had: nothing changed */
  async #use(
    configuration: Configuration,
    changeTls = () => this.#parts.tls.use(tlsServices(configuration)),
  ): Promise<void> {
    const plan = await planListeners(configuration.services, configuration.settings);
    changeTls();
    this.#parts.tables.use(namedTableFiles(configuration));
    this.#listeners.update(plan);
    this.#commands.use(configuration, this.#listeners.of('master'));
    this.#configuration = configuration;
  }

  /** Certificates or ticket keys changed: new handshakes use the new ones. */
  tlsChanged(): void {
    const { material } = this.#parts.tls;
    for (const { current } of this.#slots) current?.useTls(material);
    for (const worker of this.#draining) worker.useTls(material);
  }

  /** Tables that only root may read changed: lookups use the new ones. */
  tablesChanged(): void {
    const { files } = this.#parts.tables;
    for (const { current } of this.#slots) current?.useTables(files);
    for (const worker of this.#draining) worker.useTables(files);
  }

  /** Lets workers finish for a few seconds, then ends them. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const slot of this.#slots) {
      slot.timer?.cancel();
      if (slot.current && !slot.current.isGone) this.#draining.add(slot.current);
      delete slot.current;
    }
    for (const worker of this.#draining) worker.drain(false);
    const hard = this.#parts.clock.after(drainMs, () => this.abort());
    await this.#idle();
    hard.cancel();
    this.#commands.stop();
    this.#parts.userWorkers.stop();
  }

  /** Ends all workers now; what they had not acknowledged is lost to the peers, not to the queue. */
  abort(): void {
    this.#stopping = true;
    for (const slot of this.#slots) {
      slot.timer?.cancel();
      slot.current?.kill('SIGKILL');
    }
    for (const worker of this.#draining) worker.kill('SIGKILL');
    this.#commands.stop();
    this.#parts.userWorkers.stop();
  }

  #idle(): Promise<void> {
    if (this.#draining.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#onIdle = resolve));
  }

  /** Its sessions and deliveries go on to their end. */
  #retire(worker: WorkerHandle): void {
    if (worker.isGone) return;
    this.#draining.add(worker);
    const isQueue = worker.role !== 'edge';
    if (isQueue) this.#handovers.expect(worker);
    worker.drain(true);
    const { clock } = this.#parts;
    if (isQueue) {
      const late = clock.after(handoverMs, () => worker.kill('SIGKILL'), false);
      void this.#handovers.all().then(() => late.cancel());
    }
    const patience = this.#configuration?.settings.daemon_timeout ?? 0;
    clock.after(patience * 1000, () => this.#hurry(worker), false);
    const calm = [...this.#draining].filter((one) => !this.#hurried.has(one));
    if (calm.length > maxDraining && calm[0]) this.#hurry(calm[0]);
  }

  #hurry(worker: WorkerHandle): void {
    if (worker.isGone || this.#hurried.has(worker)) return;
    this.#hurried.add(worker);
    worker.drain(false);
    this.#parts.clock.after(drainMs, () => worker.kill('SIGKILL'), false);
  }

  /**
   * The new worker is ready to work before the old one is told to end. Edges overlap; of queue managers the new one begins
   * when the old one has handed over.
   *
   * @returns what is wrong when the new worker cannot start; the old one then goes on
   */
  async #replace(slot: Slot): Promise<string | undefined> {
    const old = slot.current;
    delete slot.current;
    slot.timer?.cancel();
    slot.wait = 0;
    if (!old) return this.#startWorker(slot, 'trial');
    const problem = await this.#startWorker(slot, 'successor');
    if (problem !== undefined) {
      if (!old.isGone) slot.current = old;
      return problem;
    }
    this.#retire(old);
    if (slot.role !== 'edge') {
      const handover = await this.#handovers.all();
      for (const { role, current } of this.#slots)
        if (role === slot.role) current?.takeOver(handover);
    }
    return undefined;
  }

  /**
   * @param mode `trial`: one that ends before it is ready is not started again, but said to be wrong; `successor`: and
   *   it does not deliver before it is told to take over
   * @returns what is wrong; undefined: it is ready, or will be started again
   */
  async #startWorker(
    slot: Slot,
    mode: 'keep' | 'trial' | 'successor' = 'keep',
  ): Promise<string | undefined> {
    const { log, clock } = this.#parts;
    const isTrial = mode !== 'keep';
    let problem: string | undefined;
    let isReady = false;
    const handover =
      slot.role === 'edge' || mode === 'successor' ? undefined : await this.#handovers.all();
    slot.readyAt = Infinity;
    return new Promise((resolve) => {
      const worker: WorkerHandle = new WorkerHandle(
        {
          program: this.#parts.workerProgram,
          role: slot.role,
          configDirectory: this.#parts.configDirectory,
          sources: this.#configuration?.sources ?? { main: '', master: '' },
          listeners: slot.role === 'queue' ? [] : this.#listeners.of('edge'),
          json: this.#parts.json,
          tls: this.#parts.tls.material,
          tables: this.#parts.tables.files,
          ...(handover === undefined ? {} : { handover }),
          ...(this.#parts.owner === undefined ? {} : { owner: this.#parts.owner }),
        },
        {
          ready: () => {
            slot.wasReady = true;
            slot.readyAt = clock.monotonic();
            isReady = true;
            resolve(undefined);
          },
          handedOver: (given) => this.#handovers.came(worker, given),
          handedBack: (queueIds) => this.#handBack(this.#handovers.back(worker, queueIds)),
          fatal: (text, exitStatus) => {
            if (isTrial && !isReady) problem = text;
            else if (slot.wasReady) log.error(text);
            else this.#parts.onFatal(text, exitStatus);
          },
          spawnUser: (user) => this.#parts.userWorkers.spawn(user, worker.pid),
          exited: (status) => {
            this.#parts.userWorkers.left(worker.pid);
            this.#handBack(this.#handovers.gone(worker));
            if (isTrial && !isReady && slot.current === worker) {
              delete slot.current;
              resolve(problem ?? `${slot.role} ended: ${status}`);
              return;
            }
            this.#exited(slot, worker, status);
            resolve(undefined);
          },
        },
      );
      slot.current = worker;
    });
  }

  /** To the queue manager that runs now. */
  #handBack(queueIds: readonly string[]): void {
    if (queueIds.length === 0) return;
    for (const { role, current } of this.#slots) {
      if (role !== 'edge') current?.handedBack(queueIds);
    }
  }

  #exited(slot: Slot, worker: WorkerHandle, status: string): void {
    this.#hurried.delete(worker);
    if (this.#draining.delete(worker) && this.#draining.size === 0) this.#onIdle?.();
    if (slot.current !== worker) return;
    delete slot.current;
    if (this.#stopping) return;
    const { log, clock } = this.#parts;
    log.warning(`process ${slot.role} pid ${worker.pid} ${status}`);
    const longest = this.#configuration?.settings.service_throttle_time ?? 60;
    slot.wait = nextWait(slot.wait, clock.monotonic() - slot.readyAt, longest * 1000);
    if (slot.wait > 0)
      log.warning(`${slot.role}: bad command startup -- throttling for ${slot.wait} ms`);
    slot.timer = clock.after(slot.wait, () => {
      if (!this.#stopping) void this.#startWorker(slot);
    });
  }
}
