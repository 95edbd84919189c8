/** config/services - port numbers of service names: the ones that mail needs, then /etc/services. */
import { readFileSync } from 'node:fs';
import { FatalError } from '../util/fatal-error.js';
import { splitList } from '../util/list.js';
import { sysexits } from '../util/sysexits.js';

const defaultPorts = 'lmtp=24, smtp=25, smtps=submissions=465, submission=587';

/**
 * @param origin of the name, for the error text
 * @param knownPorts known_tcp_ports: asked before /etc/services
 * @throws {FatalError} no such service
 */
export function servicePort(name: string, origin: string, knownPorts = defaultPorts): number {
  if (/^\d+$/.test(name)) {
    const port = Number(name);
    if (port > 0 && port < 65536) return port;
    throw new FatalError(`${origin}: ${name}: no such port; write 1 to 65535`, sysexits.config);
  }
  const port = parseKnownPorts(knownPorts).get(name) ?? fromEtcServices(name);
  if (port === undefined) {
    throw new FatalError(
      `${origin}: unknown service: ${name}/tcp; add it to /etc/services, or write the port number`,
      sysexits.config,
    );
  }
  return port;
}

/** `name=name=port, name=port`. @throws {FatalError} */
export function parseKnownPorts(text: string): ReadonlyMap<string, number> {
  const ports = new Map<string, number>();
  for (const entry of splitList(text)) {
    const names = entry.split('=');
    const port = Number(names.pop() ?? '');
    if (names.length === 0 || names.includes('') || !(port > 0 && port < 65536))
      throw new FatalError(
        `known_tcp_ports: bad entry: ${entry}; write name=port`,
        sysexits.config,
      );
    for (const name of names) ports.set(name, port);
  }
  return ports;
}

function fromEtcServices(name: string): number | undefined {
  let text: string;
  try {
    text = readFileSync('/etc/services', 'latin1');
  } catch {
    return undefined;
  }
  for (const line of text.split('\n')) {
    const [first = '', portAndProtocol = '', ...aliases] = line
      .replace(/#.*/, '')
      .trim()
      .split(/\s+/);
    const match = /^(\d+)\/tcp$/.exec(portAndProtocol);
    if (match && (first === name || aliases.includes(name))) return Number(match[1]);
  }
  return undefined;
}
