/**
 * NAME
 *   spawn - runs a command for each connection of a service
 *
 * DESCRIPTION
 *   The line of master.cf names the command and the user that runs it:
 *
 *     policy unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf
 *
 *   Standard input, output and error of the command are the client's connection. The command has the rights of user=,
 *   the environment of export_environment, no other descriptors, stands in the queue directory, and ends at the time
 *   limit: NAME_time_limit, or command_time_limit. maxproc bounds how many run at a time; who comes later waits.
 *
 *   Started by master itself, which alone can change users: it reads no byte of the connection.
 *
 * SEE ALSO
 *   pipe(8), master(5)
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import os from 'node:os';
import { commandEnvironment } from '../../lib/agent/command-environment.js';
import type { MasterService } from '../../lib/config/master-cf.js';
import type { Settings } from '../../lib/config/settings.js';
import type { Log } from '../../lib/log/log.js';
import type { Clock } from '../../lib/sys/clock.js';
import { keepDescriptorsToOurselves } from '../../lib/sys/pipe.js';
import { errnoText } from '../../lib/util/errno-text.js';
import { AttributeError, readAttributes, type SpawnAttributes } from './attributes.js';

export interface SpawnParts {
  readonly settings: Settings;
  readonly service: Pick<MasterService, 'name' | 'args' | 'origin'>;
  readonly log: Log;
  readonly clock: Clock;
  /** We are root: the command becomes its user. Otherwise it runs as who we are. */
  readonly changesUser: boolean;
}

export interface SpawnService {
  /** Takes the connection over; `done` is called once, when its command has ended. */
  accept(socket: Socket, done: () => void): void;
  /** Ends all commands. */
  stop(): void;
}

export function createSpawn(parts: SpawnParts): SpawnService {
  return new Spawn(parts);
}

class Spawn implements SpawnService {
  readonly #parts: SpawnParts;
  readonly #running = new Set<ChildProcess>();
  /** A line that cannot be used is said once in a service_throttle_time. */
  #quietUntil = -Infinity;

  constructor(parts: SpawnParts) {
    this.#parts = parts;
  }

  accept(socket: Socket, done: () => void): void {
    const attributes = this.#attributes();
    const child = attributes && this.#start(attributes, socket);
    // The command has its own copy of the connection.
    socket.on('error', () => undefined).destroy();
    if (!attributes || !child) {
      done();
      return;
    }
    this.#watch(child, attributes.argv[0] ?? '', done);
  }

  stop(): void {
    for (const child of this.#running) signalGroup(child, 'SIGTERM');
  }

  /** Read each time: an account that is made meanwhile counts. Undefined: the line is wrong, and it was said. */
  #attributes(): SpawnAttributes | undefined {
    const { service, settings, log, clock } = this.#parts;
    try {
      return readAttributes(service.args, settings);
    } catch (error) {
      const now = clock.monotonic();
      if (now >= this.#quietUntil) {
        this.#quietUntil = now + settings.service_throttle_time * 1000;
        const text = error instanceof AttributeError ? error.message : errnoText(error);
        log.fatal(`${service.origin}: ${text}`);
        log.warning('bad command startup -- throttling');
      }
      return undefined;
    }
  }

  #start(
    { argv: [program = '', ...args], uid, gid }: SpawnAttributes,
    socket: Socket,
  ): ChildProcess | undefined {
    const { settings, changesUser, log } = this.#parts;
    keepDescriptorsToOurselves();
    try {
      return spawn(program, args, {
        stdio: [socket, socket, socket],
        cwd: settings.queue_directory,
        env: commandEnvironment(settings),
        detached: true, // a group of its own, to be ended as a whole
        ...(changesUser ? { uid, gid } : {}),
      });
    } catch (error) {
      log.warning(`spawn ${program}: ${errnoText(error)}`);
      return undefined;
    }
  }

  #watch(child: ChildProcess, program: string, done: () => void): void {
    const { settings, service, log, clock } = this.#parts;
    let isOver = false;
    const over = (problem: string | undefined): void => {
      if (isOver) return;
      isOver = true;
      timer.cancel();
      this.#running.delete(child);
      if (problem !== undefined) log.warning(problem);
      done();
    };
    const timer = clock.after(settings.source.timeLimit(service.name) * 1000, () => {
      log.warning(`${program}: process id ${child.pid ?? 0}: command time limit exceeded`);
      signalGroup(child, 'SIGKILL');
    });
    this.#running.add(child);
    child.once('error', (error) => over(`execvp ${program}: ${errnoText(error)}`));
    child.once('exit', (status, signal) => {
      if (status === 0) over(undefined);
      else if (signal === null) over(`command ${program} exit status ${status ?? 0}`);
      else over(`command ${program} killed by signal ${os.constants.signals[signal]}`);
    });
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // it ended by itself
  }
}
