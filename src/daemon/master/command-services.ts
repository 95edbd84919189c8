/**
 * master/command-services - the services whose connections go to a command (spawn), which master starts itself.
 *
 * Master accepts and reads nothing. A reload makes them anew; commands that run go on.
 */
import type { Socket } from 'node:net';
import type { Configuration } from '../../lib/config/load.js';
import type { MasterService } from '../../lib/config/master-cf.js';
import type { Settings } from '../../lib/config/settings.js';
import type { Log } from '../../lib/log/log.js';
import { AcceptGate } from '../../lib/server/accept-gate.js';
import type { BoundListener } from './worker-handle.js';

/** What spawn(8) makes of a line. */
export interface CommandService {
  accept(socket: Socket, done: () => void): void;
  stop(): void;
}

export type CreateCommandService = (service: MasterService, settings: Settings) => CommandService;

export class CommandServices {
  readonly #create: CreateCommandService;
  readonly #log: Log;
  #gates: AcceptGate[] = [];
  readonly #services = new Set<CommandService>();

  constructor(create: CreateCommandService, log: Log) {
    this.#create = create;
    this.#log = log;
  }

  /** Takes connections of these listeners from now on, and of no others. */
  use(configuration: Configuration, listeners: readonly BoundListener[]): void {
    for (const gate of this.#gates) gate.close();
    this.#gates = configuration.services.flatMap((service) => {
      const key = `${service.name}/${service.type}`;
      const descriptors = listeners.filter((one) => one.service === key).map(({ fd }) => fd);
      return descriptors.length === 0 ? [] : [this.#open(configuration, service, descriptors)];
    });
  }

  /** Ends the commands, too. */
  stop(): void {
    for (const gate of this.#gates) gate.close();
    this.#gates = [];
    for (const service of this.#services) service.stop();
  }

  #open(
    configuration: Configuration,
    line: MasterService,
    descriptors: readonly number[],
  ): AcceptGate {
    const settings = configuration.settingsFor(line);
    const service = this.#create(line, settings);
    this.#services.add(service);
    let running = 0;
    const gate: AcceptGate = new AcceptGate(descriptors, {
      limit: line.maxproc ?? settings.default_process_limit,
      unread: true,
      accept: (socket, done) => {
        running += 1;
        service.accept(socket, () => {
          running -= 1;
          if (running === 0 && !this.#gates.includes(gate)) this.#services.delete(service);
          done();
        });
      },
      onError: (error) => this.#log.warning(`${line.name}: ${error.message}`),
    });
    return gate;
  }
}
