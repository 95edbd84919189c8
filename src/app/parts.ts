/** app/parts - what all programs of a process share, and how they get the settings of their master.cf line. */
import path from 'node:path';
import type { MasterService } from '../lib/config/master-cf.js';
import { mainCfText, type Settings } from '../lib/config/settings.js';
import { createDictOpener } from '../lib/dict/open.js';
import type { DictOpener } from '../lib/dict/opener.js';
import { createResolver } from '../lib/dns/client.js';
import type { Resolver } from '../lib/dns/resolver.js';
import { createLog, type Log } from '../lib/log/log.js';
import { logStyle } from '../lib/log/style.js';
import { type Clock, systemClock } from '../lib/sys/clock.js';
import type { TlsSource } from '../lib/tls/material.js';
import type { ProgramOptions } from './options.js';

export interface SharedParts {
  readonly clock: Clock;
  readonly dicts: DictOpener;
  readonly resolver: Resolver;
  readonly tlsSource: TlsSource;
}

export class Parts {
  readonly settings: Settings;
  readonly dicts: DictOpener;
  readonly resolver: Resolver;
  readonly options: ProgramOptions;

  constructor(options: ProgramOptions) {
    this.options = options;
    this.settings = options.configuration.settings;
    this.dicts = createDictOpener({
      log: this.log('proxymap'),
      defaultType: this.settings.default_database_type,
      handed: options.tables,
      setting: mainCfText(this.settings.source),
    });
    this.resolver = createResolver({
      clock: systemClock,
      is2003: this.settings.enable_idna2003_compatibility,
    });
  }

  get shared(): SharedParts {
    const { dicts, resolver, options } = this;
    return { clock: systemClock, dicts, resolver, tlsSource: options.tls };
  }

  /** A log of this name, under the syslog_name of `settings` (a service may have its own by -o). */
  log(program: string, settings: Settings = this.settings): Log {
    return createLog(
      this.options.sink,
      `${settings.syslog_name}/${program}`,
      systemClock.now,
      logStyle(settings),
    );
  }

  /** A path below the queue directory, as this process reaches it. */
  path(name: string): string {
    return path.join(this.options.queueDirectory, name);
  }

  /** The line of master.cf for a service that other programs reach by name. */
  service(name: string): MasterService | undefined {
    return this.options.configuration.services.find(
      (service) => service.type !== 'inet' && service.name === name,
    );
  }

  /** Settings of a named service: main.cf with the -o of its line. */
  settingsOf(name: string): Settings {
    const service = this.service(name);
    return service ? this.options.configuration.settingsFor(service) : this.settings;
  }

  close(): void {
    this.dicts.close();
    this.resolver.close();
  }
}
