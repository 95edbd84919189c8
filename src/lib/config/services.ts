/** config/services - port numbers of service names: the ones that mail needs, then /etc/services. */
import { readFileSync } from 'node:fs';
import { FatalError } from '../util/fatal-error.js';
import { sysexits } from '../util/sysexits.js';

// Postfix's known_tcp_ports.
const known: Readonly<Record<string, number>> = {
  lmtp: 24,
  smtp: 25,
  smtps: 465,
  submissions: 465,
  submission: 587,
};

/** @param origin of the name, for the error text @throws {FatalError} no such service */
export function servicePort(name: string, origin: string): number {
  if (/^\d+$/.test(name)) {
    const port = Number(name);
    if (port > 0 && port < 65536) return port;
    throw new FatalError(`${origin}: ${name}: no such port; write 1 to 65535`, sysexits.config);
  }
  const port = known[name] ?? fromEtcServices(name);
  if (port === undefined) {
    throw new FatalError(
      `${origin}: unknown service: ${name}/tcp; add it to /etc/services, or write the port number`,
      sysexits.config,
    );
  }
  return port;
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
