/** dns/config - the name servers of this machine, from /etc/resolv.conf. Source: resolv.conf(5). */
import { readFileSync } from 'node:fs';

export interface NameServer {
  readonly address: string;
  readonly port: number;
}

export interface ResolverConfig {
  readonly servers: readonly NameServer[];
  /** Ms for one try of one server. */
  readonly timeoutMs: number;
  /** Rounds through the servers. */
  readonly attempts: number;
}

const maxServers = 3; // resolv.conf(5): MAXNS

export function readResolvConf(file = '/etc/resolv.conf'): ResolverConfig {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // Without the file the local server is asked, as the C library does.
  }
  return parseResolvConf(text);
}

export function parseResolvConf(text: string): ResolverConfig {
  const servers: NameServer[] = [];
  let timeout = 5;
  let attempts = 2;
  for (const line of text.split('\n')) {
    const [word, ...rest] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (word === 'nameserver' && rest[0] !== undefined && servers.length < maxServers) {
      // `[address]:port` is for tests and unusual set-ups; the C library knows port 53 only.
      const match = /^\[(.+)\]:(\d+)$/.exec(rest[0]);
      servers.push({ address: match?.[1] ?? rest[0], port: Number(match?.[2] ?? 53) });
    }
    if (word !== 'options') continue;
    for (const option of rest) {
      const [name, value] = option.split(':');
      if (name === 'timeout') timeout = clamp(Number(value), 1, 30);
      if (name === 'attempts') attempts = clamp(Number(value), 1, 5);
    }
  }
  return {
    servers: servers.length > 0 ? servers : [{ address: '127.0.0.1', port: 53 }],
    timeoutMs: timeout * 1000,
    attempts,
  };
}

function clamp(value: number, low: number, high: number): number {
  return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : low;
}
