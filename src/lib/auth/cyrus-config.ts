/**
 * auth/cyrus-config - smtpd.conf, the application file of Cyrus SASL: who checks passwords.
 *
 * `name: value` lines. Searched as Cyrus and Debian do; the first file found counts. A name that we do not know, or
 * know and cannot honour, is said with file and line.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { errnoText } from '../util/errno-text.js';
import { FatalError } from '../util/fatal-error.js';
import { splitList } from '../util/list.js';
import { sysexits } from '../util/sysexits.js';

export interface CyrusConfig {
  /** Undefined: no file was found, and the defaults count. */
  readonly file: string | undefined;
  readonly pwcheckMethods: readonly ('saslauthd' | 'auxprop')[];
  /** Upper case; undefined: all. */
  readonly mechList: ReadonlySet<string> | undefined;
  readonly saslauthdPath: string;
  readonly sasldbPath: string;
  readonly warnings: readonly string[];
}

const defaults = {
  saslauthdPath: '/var/run/saslauthd/mux',
  sasldbPath: '/etc/sasldb2',
} as const;

/** Understood by Cyrus, and without a meaning here. */
const harmless = new Set([
  'log_level',
  'keytab',
  'plugin_list',
  'auto_transition',
  'srvtab',
  'reauth_timeout',
  'canon_user_plugin',
]);
const maxFile = 64 * 1024;

/** @param configured cyrus_sasl_config_path @param application smtpd_sasl_path @throws {FatalError} */
export function loadCyrusConfig(
  configured: string,
  configDirectory: string,
  application: string,
): CyrusConfig {
  const folders =
    configured === ''
      ? [
          path.join(configDirectory, 'sasl'),
          '/etc/postfix/sasl',
          '/etc/sasl2',
          '/etc/sasl',
          '/usr/lib/sasl2',
          '/usr/lib64/sasl2',
          '/usr/local/lib/sasl2',
        ]
      : configured.split(':').filter((folder) => folder !== '');
  for (const folder of folders) {
    const file = path.join(folder, `${path.basename(application)}.conf`);
    try {
      return parseCyrusConfig(readFileSync(file, 'utf8').slice(0, maxFile), file);
    } catch (error) {
      if (error instanceof FatalError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR')
        throw new FatalError(`open ${file}: ${errnoText(error)}`, sysexits.config, {
          cause: error,
        });
    }
  }
  return parseCyrusConfig('', undefined);
}

/** @throws {FatalError} a value that leaves nobody to check passwords */
export function parseCyrusConfig(text: string, file: string | undefined): CyrusConfig {
  const values = new Map<string, { readonly value: string; readonly at: string }>();
  const warnings: string[] = [];
  text.split('\n').forEach((line, index) => {
    if (/^\s*(#|$)/.test(line)) return;
    const at = `${file ?? 'smtpd.conf'} line ${index + 1}`;
    const match = /^\s*([A-Za-z0-9_-]+)\s*:\s*(.*?)\s*$/.exec(line);
    if (!match) {
      warnings.push(`${at}: ${line.trim()}: not understood; write name: value`);
      return;
    }
    const [, name = '', value = ''] = match;
    values.set(name.toLowerCase(), { value, at });
  });
  for (const [name, { at }] of values) {
    if (!known.has(name) && !harmless.has(name))
      warnings.push(`${at}: ${name}: unknown, or not supported here; it has no effect`);
  }
  const get = (name: string): string | undefined => values.get(name)?.value;
  const where = (name: string): string => values.get(name)?.at ?? file ?? 'smtpd.conf';
  const plugins = splitList((get('auxprop_plugin') ?? 'sasldb').toLowerCase());
  if (!plugins.includes('sasldb'))
    throw new FatalError(
      `${where('auxprop_plugin')}: auxprop_plugin: ${plugins.join(' ')}: only sasldb is supported; write auxprop_plugin: sasldb, or pwcheck_method: saslauthd`,
      sysexits.config,
    );
  const mechList = get('mech_list');
  return {
    file,
    pwcheckMethods: methods(get('pwcheck_method') ?? 'auxprop', where('pwcheck_method')),
    mechList:
      mechList === undefined || mechList === ''
        ? undefined
        : new Set(splitList(mechList.toUpperCase())),
    saslauthdPath: get('saslauthd_path') ?? defaults.saslauthdPath,
    sasldbPath: get('sasldb_path') ?? defaults.sasldbPath,
    warnings,
  };
}

const known = new Set([
  'pwcheck_method',
  'mech_list',
  'saslauthd_path',
  'sasldb_path',
  'auxprop_plugin',
]);

function methods(text: string, where: string): ('saslauthd' | 'auxprop')[] {
  const words = splitList(text.toLowerCase());
  const wrong = words.find((word) => word !== 'saslauthd' && word !== 'auxprop');
  if (wrong !== undefined || words.length === 0) {
    // The guide warns of this one, too.
    const hint = wrong?.startsWith('sasldb') ? 'write auxprop' : 'write saslauthd or auxprop';
    throw new FatalError(
      `${where}: pwcheck_method: ${wrong ?? ''}: not supported; ${hint}`,
      sysexits.config,
    );
  }
  return words as ('saslauthd' | 'auxprop')[];
}
