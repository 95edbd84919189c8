/**
 * tls/server - the TLS of one smtpd service: contexts made when they are first needed, and anew when material changes.
 *
 * A change that cannot be used leaves what was there, and is said once. See server-context for what a context is.
 */
import type { X509Certificate } from 'node:crypto';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { Settings } from '../config/settings.js';
import type { DictOpener } from '../dict/opener.js';
import type { Log } from '../log/log.js';
import { loadIdentities } from './identity.js';
import type { TlsSource } from './material.js';
import { contextFor, type ServerContextParts } from './server-context.js';
import type { ServerTlsSettings } from './server-settings.js';
import { openSniTables, type SniTables } from './sni.js';
import { TlsError } from './tls-error.js';

export interface ServerTlsParts {
  readonly settings: Settings;
  readonly tls: ServerTlsSettings;
  readonly service: string;
  readonly source: TlsSource;
  readonly dicts: DictOpener;
  readonly log: Log;
}

export class ServerTls {
  readonly settings: ServerTlsSettings;
  readonly #parts: ServerTlsParts;
  readonly #sni: SniTables | undefined;
  #context: SecureContext | undefined;
  #own: X509Certificate | undefined;
  #count = 0;
  /** Bounded by the names in the tables: only they get contexts of their own. */
  readonly #named = new Map<string, { readonly pem: string; readonly context: SecureContext }>();

  constructor(parts: ServerTlsParts) {
    this.settings = parts.tls;
    this.#parts = parts;
    for (const warning of parts.tls.warnings) parts.log.warning(warning);
    if (!parts.tls.enabled) return;
    this.#sni = openSniTables(parts.settings.tls_server_sni_maps, parts.source, parts.dicts);
    this.#make();
    if (!this.#context) parts.log.warning("No server certs available. TLS won't be enabled");
    parts.source.onChange(() => this.#make());
  }

  /** Undefined: no certificate, or none that can be used; the log has said why. */
  get context(): SecureContext | undefined {
    return this.#context;
  }

  /** The certificate that a client was shown. Parsed anew only where there are several. */
  shownTo(socket: TLSSocket): X509Certificate | undefined {
    return this.#sni || this.#count > 1 ? socket.getX509Certificate() : this.#own;
  }

  /** Undefined: no names have certificates of their own. */
  get forName(): ((name: string) => Promise<SecureContext | undefined>) | undefined {
    const sni = this.#sni;
    return sni && ((name) => this.#find(sni, name));
  }

  #make(): void {
    try {
      const parts = this.#contextParts();
      const identities = loadIdentities(parts.settings, 'smtpd', parts.read);
      this.#context = identities.length === 0 ? undefined : contextFor(identities, parts);
      this.#own = identities[0]?.certificate;
      this.#count = identities.length;
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      const end = this.#context ? 'the old certificate stays in use' : 'disabling TLS support';
      this.#parts.log.warning(`${error.message}: ${end}`);
    }
  }

  async #find(sni: SniTables, name: string): Promise<SecureContext | undefined> {
    const pem = await sni.find(name);
    if (pem === undefined) return undefined;
    const known = this.#named.get(name);
    if (known?.pem === pem) return known.context;
    const origin = `tls_server_sni_maps: ${name}`;
    try {
      const context = contextFor(sni.identities(pem, origin), this.#contextParts());
      this.#named.set(name, { pem, context });
      return context;
    } catch (error) {
      if (!(error instanceof TlsError)) throw error;
      this.#parts.log.warning(error.message);
      return known?.context;
    }
  }

  #contextParts(): ServerContextParts {
    const { settings, tls, service, source, log } = this.#parts;
    return {
      settings,
      tls,
      service,
      read: (path) => source.current.files[path],
      ticketKeys: () => source.current.ticketKeys,
      warn: (text) => log.warning(text),
    };
  }
}
