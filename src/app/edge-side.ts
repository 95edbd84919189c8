/** app/edge-side - the services of this process that take mail from outside, each with a gate that holds the bound of its line. */
import { closeSync } from 'node:fs';
import { createQmqpd } from '../daemon/qmqpd/main.js';
import { createSmtpd, type SmtpdParts, type SmtpdService } from '../daemon/smtpd/main.js';
import type { MasterService } from '../lib/config/master-cf.js';
import { AcceptGate } from '../lib/server/accept-gate.js';
import type { ListenerPlan } from '../lib/server/worker-protocol.js';
import { openListenSocket } from '../lib/sys/listen-socket.js';
import type { Parts } from './parts.js';
import { Overload } from './overload.js';

export interface EdgeSide {
  /** New connections wait for the next worker; sessions go on. */
  stopListening(): void;
  /** Resolves when all sessions have ended. Patient: by themselves; otherwise after their message. */
  drain(patient: boolean): Promise<void>;
}

type Needs = Omit<SmtpdParts, 'settings' | 'service' | 'log'>;

interface BoundPlan extends ListenerPlan {
  readonly fd: number;
}

export function startEdgeSide(parts: Parts, needs: Needs): EdgeSide {
  const { configuration } = parts.options;
  const listeners: BoundPlan[] = parts.options.listeners.map((plan) => ({
    ...plan,
    fd: plan.fd ?? openListenSocket(plan.address, plan.port, configuration.settings.tcp_windowsize),
  }));
  const opened: SmtpdService[] = [];
  const gates = configuration.services.flatMap((line) => {
    const own = listeners.filter(({ service }) => service === `${line.name}/${line.type}`);
    if (own.length === 0) return [];
    return [openService(parts, needs, line, own, opened)];
  });
  return {
    stopListening() {
      for (const gate of gates) gate.close();
      for (const { fd } of listeners) closeSync(fd);
      listeners.length = 0;
    },
    async drain(patient) {
      await Promise.all(opened.map((service) => service.drain(patient)));
    },
  };
}

function openService(
  parts: Parts,
  needs: Needs,
  line: MasterService,
  listeners: readonly BoundPlan[],
  opened: SmtpdService[],
): AcceptGate {
  const log = parts.log('master');
  const create = (stress: boolean): SmtpdService => {
    const smtpd = createService(parts, needs, line, stress);
    opened.push(smtpd);
    return smtpd;
  };
  const calm = create(false);
  let stressed: SmtpdService | undefined;
  const limit = line.maxproc ?? parts.settings.default_process_limit;
  const port = listeners[0]?.port ?? 0;
  const overload = new Overload({
    log,
    clock: parts.shared.clock,
    service: line.name,
    port,
    limit,
  });
  // As Postfix: a service that only this machine can reach, or one of a single process, has no stress.
  const hasStress = limit > 1 && !listeners.every(({ address, port }) => isLocal(address, port));
  return new AcceptGate(
    listeners.map(({ fd }) => fd),
    {
      limit,
      accept(socket, done) {
        if (line.type === 'unix') asLocalClient(socket);
        if (overload.isOn) stressed ??= create(true);
        (overload.isOn && stressed ? stressed : calm).accept(socket, done);
      },
      onFull() {
        if (hasStress) overload.reached();
      },
      onError: (error) => log.error(`${line.origin}: ${line.name}: ${error.message}`),
    },
  );
}

function createService(
  parts: Parts,
  needs: Needs,
  line: MasterService,
  stress: boolean,
): SmtpdService {
  const { command } = line;
  const overrides = stress ? new Map([['stress', 'yes'], ...line.overrides]) : line.overrides;
  const settings = parts.options.configuration.settingsFor({ ...line, overrides });
  const log = parts.log(command, settings);
  if (command === 'qmqpd') return createQmqpd({ ...needs, settings, log });
  return createSmtpd({
    ...needs,
    settings,
    service: line.name,
    log,
    queueDirectory: parts.options.queueDirectory,
  });
}

function isLocal(address: string, port: number): boolean {
  return port === 0 || address === '::1' || address.startsWith('127.');
}

/** smtpd knows clients by their address; Postfix, too, takes one on a UNIX socket for this machine. */
function asLocalClient(socket: object): void {
  Object.defineProperties(socket, {
    remoteAddress: { value: '127.0.0.1' },
    remotePort: { value: 0 },
  });
}
