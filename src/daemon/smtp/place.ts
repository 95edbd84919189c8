/** smtp/place - a next hop as transport tables and main.cf write it. Postfix: smtp_parse_destination(). */
import { servicePort } from '../../lib/config/services.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { asciiDomain } from '../../lib/util/idna.js';
import { Trouble } from './trouble.js';

export interface Place {
  /** Name in ASCII, or address. */
  readonly host: string;
  readonly port: number;
  /** `[host]`: no MX look-up. */
  readonly literal: boolean;
}

const bracketed = /^\[([^\]]+)\](?::([^:]+))?$/;
const plain = /^([^:[\]]+)(?::([^:]+))?$/;

/**
 * `host`, `[host]`, `host:port`, `[host]:port`, `[192.0.2.1]`, `[ipv6:2001:db8::1]:25`.
 * @throws {Trouble} what cannot be read is a mistake in the configuration: mail waits until it is mended
 */
export function parsePlace(text: string, defaultPort: string, is2003 = false): Place {
  const literal = bracketed.exec(text);
  const match = literal ?? plain.exec(text);
  if (!match)
    throw new Trouble(
      '4.3.5',
      `${text}: bad next hop; write host, host:port, [host] or [host]:port`,
      false,
    );
  const host = (match[1] ?? '').replace(/^ipv6:/i, '').replace(/\.$/, '');
  return {
    host: asciiDomain(host, is2003),
    port: portOf(match[2] ?? defaultPort, text),
    literal: literal !== null,
  };
}

function portOf(name: string, text: string): number {
  try {
    return servicePort(name, text);
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    throw new Trouble('4.3.5', error.message, false);
  }
}
