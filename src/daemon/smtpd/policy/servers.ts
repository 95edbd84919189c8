/** policy/servers - the policy servers of one service, each made when it is first asked. */
import path from 'node:path';
import type { Settings } from '../../../lib/config/settings.js';
import type { Log } from '../../../lib/log/log.js';
import type { Clock } from '../../../lib/sys/clock.js';
import { PolicyClient } from './client.js';
import { parsePolicyServer, type PolicyServer } from './server.js';

export interface Asked {
  readonly server: PolicyServer;
  readonly client: PolicyClient;
}

export interface PolicyServersParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  readonly queueDirectory: string;
}

export class PolicyServers {
  readonly #parts: PolicyServersParts;
  readonly #servers = new Map<string, Asked>();
  readonly #instances = new WeakMap<object, string>();
  #count = 0;

  constructor(parts: PolicyServersParts) {
    this.#parts = parts;
  }

  /** @throws {PolicyServerError} what is written there names no server */
  named(text: string): Asked {
    const known = this.#servers.get(text);
    if (known) return known;
    const { settings, log, clock, queueDirectory } = this.#parts;
    const server = parsePolicyServer(text, settings);
    const queuePath = (name: string): string => path.join(queueDirectory, name);
    const asked = { server, client: new PolicyClient(server, { log, clock, queuePath }) };
    this.#servers.set(text, asked);
    return asked;
  }

  /** The same for all questions about one message and for no others. */
  instanceOf(subject: object): string {
    let instance = this.#instances.get(subject);
    if (instance === undefined) {
      this.#count += 1;
      const now = this.#parts.clock.now();
      const numbers = [process.pid, Math.floor(now / 1000), (now % 1000) * 1000, this.#count];
      instance = numbers.map((number) => Math.floor(number).toString(16)).join('.');
      this.#instances.set(subject, instance);
    }
    return instance;
  }

  close(): void {
    for (const { client } of this.#servers.values()) client.close();
    this.#servers.clear();
  }
}
