/**
 * tls/keeper - keeps the material of a running server: reads it, watches it, changes the ticket keys.
 *
 * Runs where private keys may be read (master, as root). What is wrong at start stops the start. Later, a file that
 * changed is taken only when every service can use it; else all goes on as before, and the log says so, once a change.
 * Postfix restarts smtpd processes all the time and so takes new certificates by itself; we look at the files.
 */
import type { Settings } from '../config/settings.js';
import type { Log } from '../log/log.js';
import type { Clock, Timer } from '../sys/clock.js';
import { FatalError } from '../util/fatal-error.js';
import { splitList } from '../util/list.js';
import { sysexits } from '../util/sysexits.js';
import { identityFiles, loadIdentities, type TlsPrefix } from './identity.js';
import type { TicketKey, TlsFile, TlsMaterial } from './material.js';
import { parseChains } from './identity.js';
import { readTlsFile, signatureOf } from './read-material.js';
import { createServerContext } from './server-context.js';
import { serverTlsSettings } from './server-settings.js';
import { readSniTable } from './sni.js';
import { newTicketKey, rotated } from './ticket-keys.js';
import { TlsError } from './tls-error.js';
import { systemBundle, trustFiles } from './trust.js';

export interface TlsService {
  /** For sessions: the name of the master.cf line. */
  readonly name: string;
  readonly side: TlsPrefix;
  readonly settings: Settings;
}

export interface KeeperParts {
  readonly log: Log;
  readonly clock: Clock;
  /** A change that everyone may use from now on. */
  onChange(material: TlsMaterial): void;
}

const watchMs = 10_000; // a renewed certificate is in use within so long
const minRotationMs = 60_000;

interface Reading {
  readonly files: Readonly<Record<string, TlsFile>>;
  readonly sniTables: TlsMaterial['sniTables'];
  /** All that was looked at, and how it was just before it was read. */
  readonly watched: readonly string[];
  readonly signature: string;
}

export class TlsKeeper {
  readonly #parts: KeeperParts;
  #services: readonly TlsService[] = [];
  #reading: Reading = { files: {}, sniTables: {}, watched: [], signature: '' };
  #ticketKeys: readonly TicketKey[] = [newTicketKey()];
  #watch: Timer | undefined;
  #rotation: Timer | undefined;
  /** The change that was refused last: not told again. */
  #refused = '';
  /** What was in use before the last use(). */
  #before: { readonly services: readonly TlsService[]; readonly reading: Reading } | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  get material(): TlsMaterial {
    const { files, sniTables } = this.#reading;
    return { files, sniTables, ticketKeys: this.#ticketKeys };
  }

  /** Takes new settings, at start and reload; what is wrong with them changes nothing. @throws {FatalError} */
  use(services: readonly TlsService[]): void {
    const using = services.filter(usesTls);
    try {
      const reading = read(using, this.#parts.log);
      check(using, reading);
      this.#before = { services: this.#services, reading: this.#reading };
      this.#services = using;
      this.#reading = reading;
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      throw new FatalError(error.message, sysexits.config, { cause: error });
    }
    this.#refused = '';
    this.#schedule();
  }

  /** The last settings turned out to be of no use: those before them hold again. */
  goBack(): void {
    if (!this.#before) return;
    this.#services = this.#before.services;
    this.#reading = this.#before.reading;
    this.#schedule();
  }

  stop(): void {
    this.#watch?.cancel();
    this.#rotation?.cancel();
  }

  #schedule(): void {
    this.stop();
    if (this.#services.length === 0) return;
    const { clock } = this.#parts;
    this.#watch = clock.after(watchMs, () => this.#look(), false);
    const lifetimes = this.#services.map(
      ({ settings }) => settings.smtpd_tls_session_cache_timeout,
    );
    const period = Math.max(minRotationMs, ...lifetimes.map((seconds) => seconds * 1000));
    const rotate = (): void => {
      this.#ticketKeys = rotated(this.#ticketKeys);
      this.#parts.onChange(this.material);
      this.#rotation = clock.after(period, rotate, false);
    };
    this.#rotation = clock.after(period, rotate, false);
  }

  /** One stat a file; only what changed is read. */
  #look(): void {
    const { log, clock } = this.#parts;
    this.#watch = clock.after(watchMs, () => this.#look(), false);
    const signature = signatureOf(this.#reading.watched);
    if (signature === this.#reading.signature || signature === this.#refused) return;
    try {
      const reading = read(this.#services, log);
      check(this.#services, reading);
      this.#reading = reading;
      this.#refused = '';
      log.info('TLS: certificates changed; new connections get the new ones');
      this.#parts.onChange(this.material);
    } catch (error) {
      // Maybe half written: the next change is tried again.
      this.#refused = signature;
      log.warning(`TLS: ${(error as Error).message}; the old certificate stays in use`);
    }
  }
}

function usesTls({ side, settings }: TlsService): boolean {
  return side !== 'smtpd' || serverTlsSettings(settings).enabled;
}

/** @throws {TlsError} a table that cannot be read */
function read(services: readonly TlsService[], log: Log): Reading {
  const names = new Set<string>();
  const tables = new Map<string, string>();
  for (const { side, settings } of services) {
    for (const name of identityFiles(settings, side)) names.add(name);
    for (const name of trustFiles(settings, side)) names.add(name);
    if (settings.tls_append_default_CA) names.add(systemBundle);
    if (side === 'smtpd')
      for (const spec of splitList(settings.tls_server_sni_maps))
        tables.set(spec, settings.default_database_type);
    else for (const name of splitList(settings[`${side}_tls_trust_anchor_file`])) names.add(name);
  }
  const watched = [...names];
  const readings = [...tables].flatMap(([spec, type]) => {
    try {
      const reading = readSniTable(spec, type, log, readTlsFile);
      return reading ? [{ spec, ...reading }] : [];
    } catch (error) {
      throw new TlsError(`tls_server_sni_maps = ${spec}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  });
  for (const { files } of readings) watched.push(...files);
  const signature = signatureOf(watched);
  return {
    files: Object.fromEntries([...names].map((name) => [name, readTlsFile(name)])),
    sniTables: Object.fromEntries(readings.map(({ spec, entries }) => [spec, entries])),
    watched,
    signature,
  };
}

/** Everything that a service will do with it, once. @throws {TlsError} */
function check(services: readonly TlsService[], reading: Reading): void {
  const readFile = (path: string): TlsFile | undefined => reading.files[path];
  for (const { name, side, settings } of services) {
    if (side === 'smtpd')
      createServerContext({
        settings,
        tls: serverTlsSettings(settings),
        service: name,
        read: readFile,
        ticketKeys: () => [],
        warn: () => undefined,
      });
    else loadIdentities(settings, side, readFile);
  }
  for (const [spec, entries] of Object.entries(reading.sniTables))
    for (const [key, pem] of Object.entries(entries)) parseChains(pem, `${spec}: ${key}`);
}
