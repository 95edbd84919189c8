/**
 * map/debug-peers - debug_peer_list: whose conversations stand in the log, line by line.
 *
 * `> name[address]: what we said`, `< name[address]: what they said`. Logins are never shown: the words behind AUTH and
 * every line of an exchange are stars. A list in trouble is said in the log, and nobody is on it.
 */
import type { Settings } from '../config/settings.js';
import type { DictOpener } from '../dict/opener.js';
import type { Log } from '../log/log.js';
import { splitList } from '../util/list.js';
import { clientList, LookupError } from './match-list.js';

export interface PeerTrace {
  said(line: string): void;
  heard(line: string): void;
}

export interface DebugPeers {
  /** @param shown how the lines call the peer: `name[address]`, with its port where that is usual */
  traceOf(name: string, address: string, shown: string): Promise<PeerTrace | undefined>;
}

type DebugSettings = Pick<
  Settings,
  'debug_peer_list' | 'debug_peer_level' | 'parent_domain_matches_subdomains'
>;

/** Undefined: nobody is on the list, or debug_peer_level asks for no more than usual. */
export function debugPeers(
  settings: DebugSettings,
  dicts: DictOpener,
  log: Log,
): DebugPeers | undefined {
  const { debug_peer_list: text, debug_peer_level: level } = settings;
  if (text === '' || level <= 0) return undefined;
  const parents = splitList(settings.parent_domain_matches_subdomains);
  const list = clientList(text, dicts, 'debug_peer_list', {
    matchSubdomains: parents.includes('debug_peer_list'),
  });
  return {
    async traceOf(name, address, shown) {
      try {
        if (!(await list.match(`${name.toLowerCase()}[${address.toLowerCase()}]`)))
          return undefined;
      } catch (error) {
        if (!(error instanceof LookupError)) throw error;
        log.warning(error.message);
        return undefined;
      }
      return {
        said: (line) => log.info(`> ${shown}: ${withoutSecrets(line)}`),
        heard: (line) => log.info(`< ${shown}: ${withoutSecrets(line)}`),
      };
    },
  };
}

export const hiddenLine = '********';

/** The mechanism may be seen; what comes with it may be the password. */
function withoutSecrets(line: string): string {
  return line.replace(/^(\s*auth\s+\S+\s)\s*\S.*$/is, `$1${hiddenLine}`);
}

/** The lines of a reply as bytes or text, without line ends. */
export function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line, index, all) => line !== '' || index < all.length - 1);
}
