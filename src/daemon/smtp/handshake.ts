/**
 * smtp/handshake - from the greeting to what the server offers: EHLO, or HELO where EHLO is not understood.
 *
 * Postfix: smtp_helo(). Standards: RFC 5321 sections 3.1, 3.2 and 4.1.1.1, RFC 2033 (LHLO).
 */
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Log } from '../../lib/log/log.js';
import { type Maps, openMaps } from '../../lib/map/maps.js';
import { parseOffers, type ServerReply } from '../../lib/protocol/smtp/client.js';
import { splitList } from '../../lib/util/list.js';
import type { ClientSettings } from './client-settings.js';
import type { Connection } from './connection.js';
import { SaslLogin } from './sasl.js';
import { needsTls, type Security, type SecurityChooser } from './security.js';
import { refusedToTalk, softened, type Why } from './trouble.js';

const smtpPort = 25;

export interface Greeted {
  readonly nexthop: string;
  /** Of the servers with the best preference: a loop there is final. */
  readonly isBest: boolean;
  /** Internal form; a login may depend on it. */
  readonly sender: string;
  readonly security: Security;
}

export class Handshake {
  readonly #settings: ClientSettings;
  readonly #log: Log;
  readonly #discardMaps: Maps;
  readonly #login: SaslLogin | undefined;
  readonly #chooser: SecurityChooser;

  constructor(
    settings: ClientSettings,
    parts: { readonly log: Log; readonly dicts: DictOpener; readonly security: SecurityChooser },
  ) {
    this.#chooser = parts.security;
    this.#settings = settings;
    this.#log = parts.log;
    this.#discardMaps = openMaps(
      settings.discard_keyword_address_maps,
      parts.dicts,
      settings.nameOf('discard_keyword_address_maps'),
    );
    this.#login = settings.sasl_auth_enable ? new SaslLogin(settings, parts) : undefined;
  }

  /** Undefined: we may send; the connection knows the offers. @throws {Trouble, LookupError} */
  async run(connection: Connection, greeted: Greeted): Promise<Why | undefined> {
    return (await this.#greet(connection, greeted)) ?? this.#login?.run(connection, greeted);
  }

  async #greet(connection: Connection, greeted: Greeted): Promise<Why | undefined> {
    const { helo_timeout: timeout, tls_wrappermode: isWrapped } = this.#settings;
    if (isWrapped) {
      const trouble = await this.#chooser.secure(connection, greeted.security);
      if (trouble) return trouble;
    }
    const greeting = await connection.reply('receiving the initial server greeting', timeout);
    if (!isPositive(greeting)) {
      const why = refusedToTalk(connection.label, greeting);
      // Who says no to everybody may say yes tomorrow; its neighbours may today.
      return greeting.code >= 500 && this.#settings.skip_5xx_greeting ? softened(why) : why;
    }
    const isExtended = this.#settings.lmtp || this.#saysEhlo(connection, greeting);
    const trouble = await this.#helloOfSomeKind(connection, greeted, isExtended);
    return trouble ?? this.#startTls(connection, greeted);
  }

  async #helloOfSomeKind(
    connection: Connection,
    greeted: Greeted,
    isExtended: boolean,
  ): Promise<Why | undefined> {
    if (this.#settings.lmtp) return this.#hello(connection, 'LHLO', greeted);
    if (isExtended) {
      const trouble = await this.#hello(connection, 'EHLO', greeted);
      if (trouble !== 'not understood') return trouble;
    }
    return this.#hello(connection, 'HELO', greeted);
  }

  /** RFC 3207: TLS where the server offers it and the policy wants it; afterwards all is asked anew. */
  async #startTls(connection: Connection, greeted: Greeted): Promise<Why | undefined> {
    if (connection.tls) return undefined;
    const { security } = greeted;
    const { level } = security.policy;
    const isRequired = needsTls(security);
    if (!connection.has('STARTTLS')) {
      if (!isRequired) return undefined;
      const text = `TLS is required, but was not offered by host ${connection.label}`;
      return { dsn: '4.7.4', text, ofSite: true };
    }
    if (level === 'none') {
      if (this.#settings.tls_note_starttls_offer)
        this.#log.info(`Host offered STARTTLS: [${connection.server.host}]`);
      return undefined;
    }
    const { starttls_timeout: timeout } = this.#settings;
    const answer = await connection.command('STARTTLS', 'sending STARTTLS', timeout);
    if (!isPositive(answer)) {
      if (!isRequired) return undefined;
      const text = `TLS is required, but host ${connection.label} refused to start TLS: ${answer.text}`;
      return { dsn: answer.dsn, text, diagnostic: answer.text, ofSite: true };
    }
    const trouble = await this.#chooser.secure(connection, security);
    return trouble ?? this.#helloOfSomeKind(connection, greeted, true);
  }

  #saysEhlo(connection: Connection, greeting: ServerReply): boolean {
    const { smtp_always_send_ehlo: always, smtp_never_send_ehlo: never } = this.#settings.common;
    const words = (greeting.lines[0] ?? '').split(/[ \t]+/);
    this.#noteOwnName(connection, words[0] ?? '', 'greeted me');
    if (never) return false;
    return always || words.includes('ESMTP');
  }

  async #hello(
    connection: Connection,
    verb: 'EHLO',
    greeted: Greeted,
  ): Promise<Why | undefined | 'not understood'>;
  async #hello(
    connection: Connection,
    verb: 'HELO' | 'LHLO',
    greeted: Greeted,
  ): Promise<Why | undefined>;
  async #hello(
    connection: Connection,
    verb: 'EHLO' | 'HELO' | 'LHLO',
    greeted: Greeted,
  ): Promise<Why | undefined | 'not understood'> {
    const { helo_name: name, helo_timeout: timeout } = this.#settings;
    const doing = `performing the ${verb} handshake`;
    const answer = await connection.command(`${verb} ${name}`, doing, timeout);
    if (!isPositive(answer)) {
      if (verb === 'EHLO' && answer.code !== 421) return 'not understood';
      return refusedToTalk(connection.label, answer);
    }
    if (verb === 'HELO') return undefined;
    connection.offers = parseOffers(answer, await this.#discarded(connection));
    const size = connection.offers.keywords.get('SIZE') ?? '';
    if (!/^\d*$/.test(size))
      this.#log.warning(`bad EHLO SIZE limit "${size}" from ${connection.relay}`);
    if (!this.#noteOwnName(connection, connection.offers.name, 'replied to HELO/EHLO'))
      return undefined;
    return {
      dsn: greeted.isBest ? '5.4.6' : '4.4.6',
      text: `mail for ${greeted.nexthop} loops back to myself`,
      ofSite: true,
    };
  }

  /** Keywords to overlook: by the server's address, or for all. */
  async #discarded(connection: Connection): Promise<ReadonlySet<string>> {
    const { discard_keywords: forAll } = this.#settings;
    if (this.#discardMaps.isEmpty && forAll === '') return none;
    const text = (await this.#discardMaps.find(connection.server.address)) ?? forAll;
    const words = new Set(splitList(text.toUpperCase()));
    const isSilent = words.delete('SILENT-DISCARD');
    if (words.size > 0 && !isSilent)
      this.#log.info(`discarding EHLO keywords: ${[...words].join(' ')}`);
    return words;
  }

  /** True: the server goes by our own name, at the port where we would be found ourselves. */
  #noteOwnName(connection: Connection, name: string, how: string): boolean {
    const { myhostname } = this.#settings.common;
    if (connection.server.port !== smtpPort || this.#settings.lmtp) return false;
    if (name.toLowerCase() !== myhostname.toLowerCase()) return false;
    this.#log.warning(`host ${connection.relay} ${how} with my own hostname ${myhostname}`);
    return true;
  }
}

const none: ReadonlySet<string> = new Set();

export function isPositive({ code }: Pick<ServerReply, 'code'>): boolean {
  return code >= 200 && code < 300;
}
