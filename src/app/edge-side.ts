/** app/edge-side - the smtpd services of this process: one net.Server a listening address. */
import net from 'node:net';
import { createSmtpd, type SmtpdParts, type SmtpdService } from '../daemon/smtpd/main.js';
import type { ListenerPlan } from '../lib/server/worker-protocol.js';
import { FatalError } from '../lib/util/fatal-error.js';
import { sysexits } from '../lib/util/sysexits.js';
import type { Parts } from './parts.js';

export interface EdgeSide {
  readonly addresses: readonly net.AddressInfo[];
  /** New connections wait for the next worker; sessions go on. */
  stopListening(): void;
  drain(): Promise<void>;
}

export async function startEdgeSide(
  parts: Parts,
  needs: Omit<SmtpdParts, 'settings' | 'service' | 'log'>,
): Promise<EdgeSide> {
  const services = new Map<string, SmtpdService>();
  const servers: net.Server[] = [];
  for (const listener of parts.options.listeners) {
    const smtpd = services.get(listener.service) ?? createService(parts, listener.service, needs);
    if (!smtpd) continue;
    services.set(listener.service, smtpd);
    servers.push(await listen(listener, smtpd));
  }
  return {
    addresses: servers
      .map((server) => server.address())
      .filter((address) => address !== null && typeof address === 'object'),
    stopListening() {
      for (const server of servers) server.close();
    },
    async drain() {
      await Promise.all([...services.values()].map((service) => service.drain()));
    },
  };
}

/** Undefined for programs that do not serve sessions here (yet): said once at start. */
function createService(
  parts: Parts,
  service: string,
  needs: Omit<SmtpdParts, 'settings' | 'service' | 'log'>,
): SmtpdService | undefined {
  const name = service.slice(0, service.lastIndexOf('/'));
  const line = parts.options.configuration.services.find(
    (candidate) => candidate.type === 'inet' && candidate.name === name,
  );
  if (line?.command !== 'smtpd') {
    parts
      .log('master')
      .warning(`${line?.origin ?? service}: ${line?.command ?? ''}: this program is not built yet`);
    return undefined;
  }
  const settings = parts.options.configuration.settingsFor(line);
  return createSmtpd({
    ...needs,
    settings,
    service: name,
    log: parts.log('smtpd', settings),
    queueDirectory: parts.options.queueDirectory,
  });
}

function listen(listener: ListenerPlan, smtpd: SmtpdService): Promise<net.Server> {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    smtpd.accept(socket),
  );
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new FatalError(
          `listen ${listener.address} port ${listener.port}: ${error.message}`,
          sysexits.unavailable,
          {
            cause: error,
          },
        ),
      );
    });
    const where =
      listener.fd === undefined
        ? { host: listener.address, port: listener.port }
        : { fd: listener.fd };
    server.listen(where, () => resolve(server));
  });
}
