/**
 * tls/sni - tls_server_sni_maps: keys and certificates by the name that a client asks for.
 *
 * Tables made by `postmap -F` hold the files' text in base64; tables of plain text name the files. Both are read whole
 * by the process that may read private keys; other types (proxy:, socketmap:, …) are asked at each handshake.
 * Postfix: tls_server.c, tls_certkey.c.
 */
import type { DictOpener } from '../dict/opener.js';
import { splitSpec } from '../dict/open.js';
import { readLines } from '../dict/text/read.js';
import { parseSourceLine } from '../dict/text/source.js';
import { isDatabase } from '../dict/type/database.js';
import { dictType } from '../dict/types.js';
import type { Log } from '../log/log.js';
import { LookupError } from '../map/match-list.js';
import { splitList } from '../util/list.js';
import { isDomainName } from '../util/mail-domain.js';
import { type Identity, parseChains } from './identity.js';
import type { TlsFile, TlsSource } from './material.js';

const maxEntries = 20_000;

export interface SniTables {
  /** PEM text; undefined: the name has no certificate of its own. @throws {LookupError} */
  find(name: string): Promise<string | undefined>;
  identities(pem: string, origin: string): Identity[];
}

/** Undefined: the setting is empty. */
export function openSniTables(
  setting: string,
  source: TlsSource,
  dicts: DictOpener,
): SniTables | undefined {
  const specs = splitList(setting);
  if (specs.length === 0) return undefined;
  return {
    async find(asked) {
      const name = asked.toLowerCase().replace(/\.$/, '');
      if (!isDomainName(name)) return undefined;
      for (const key of keysOf(name)) {
        for (const spec of specs) {
          const listed = source.current.sniTables[spec];
          const found = listed ? listed[key] : await askTable(dicts, spec, key);
          if (found !== undefined) return found;
        }
      }
      return undefined;
    },
    identities: parseChains,
  };
}

/** The name, then `.parent` for each parent. */
function keysOf(name: string): string[] {
  const keys = [name];
  for (let dot = name.indexOf('.', 1); dot >= 0; dot = name.indexOf('.', dot + 1))
    keys.push(name.slice(dot));
  return keys;
}

async function askTable(dicts: DictOpener, spec: string, key: string): Promise<string | undefined> {
  const result = await dicts.open(spec).lookup(key);
  if (result.is === 'error') throw new LookupError(`table ${spec}: ${result.reason}`);
  return result.is === 'found' ? Buffer.from(result.value, 'base64').toString('latin1') : undefined;
}

export interface SniReading {
  readonly entries: Readonly<Record<string, string>>;
  /** What a change of the table shows in. */
  readonly files: readonly string[];
}

/** All of a table. Undefined: its type cannot be listed. @throws {TableError, Error} unreadable */
export function readSniTable(
  spec: string,
  defaultType: string,
  log: Log,
  readFile: (path: string) => TlsFile,
): SniReading | undefined {
  const { type, name } = splitSpec(spec, defaultType);
  const row = dictType(type);
  if (type === 'texthash' || type === 'inline') {
    const pairs = type === 'texthash' ? textPairs(name, log) : inlinePairs(name);
    const files = type === 'texthash' ? [name] : [];
    const entries: Record<string, string> = {};
    for (const [key, value] of pairs) {
      const paths = splitList(value);
      files.push(...paths);
      entries[key.toLowerCase()] = paths.map((path) => textOf(readFile(path), path)).join('\n');
    }
    return { entries, files };
  }
  const dict = row?.open(name, { log, fold: true, open: () => dictNever(spec) });
  if (!dict || !isDatabase(dict)) {
    dict?.close();
    return undefined;
  }
  const entries: Record<string, string> = {};
  let count = 0;
  for (const [key, value] of dict.entries()) {
    if (++count > maxEntries) throw new Error(`${spec}: more than ${maxEntries} names`);
    entries[key.toLowerCase()] = Buffer.from(value, 'base64').toString('latin1');
  }
  dict.close();
  return { entries, files: [row?.file?.(name) ?? name] };
}

function textOf(file: TlsFile, path: string): string {
  if (file.is === 'text') return file.text;
  throw new Error(`${path}: ${file.reason}`);
}

function dictNever(spec: string): never {
  throw new Error(`${spec}: a table within a table cannot hold certificates`);
}

function textPairs(path: string, log: Log): [string, string][] {
  return [...readLines(path, { log }, 'database ')].flatMap((line): [string, string][] => {
    const { entry } = parseSourceLine(line);
    return entry ? [[entry.key, entry.value]] : [];
  });
}

function inlinePairs(name: string): [string, string][] {
  return splitList(/^\{(.*)\}$/s.exec(name.trim())?.[1] ?? '').map((element) => {
    const text = /^\{(.*)\}$/s.exec(element)?.[1] ?? element;
    const equals = text.indexOf('=');
    return [text.slice(0, equals).trim(), text.slice(equals + 1).trim()];
  });
}
