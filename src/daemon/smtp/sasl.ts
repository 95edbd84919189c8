/**
 * smtp/sasl - logs in at a server where smtp_sasl_password_maps has a login for it.
 *
 * The table is asked for the sender (smtp_sender_dependent_authentication), the server's name, then the next hop as
 * it was written. The first mechanism of ours counts that the server offers, the filter lets through and the security
 * options allow. A server without AUTH gets the mail without a login, as with Postfix. Postfix: smtp_sasl_glue.c.
 */
import { randomBytes } from 'node:crypto';
import type { ClientMachine, ClientMechanism, Credentials } from '../../lib/auth/client/client.js';
import { clientMechanisms, tokenMechanism } from '../../lib/auth/client/mechanisms.js';
import { parseTokenSource, readToken, type TokenSource } from '../../lib/auth/client/token.js';
import { decodeBase64 } from '../../lib/auth/exchange.js';
import type { SecurityWord } from '../../lib/auth/mechanism.js';
import { isAllowed, mechanismFilter, securityOptions } from '../../lib/auth/offer.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Log } from '../../lib/log/log.js';
import { createAddressClasses } from '../../lib/map/address-class.js';
import { type AddressFinder, createAddressFinder } from '../../lib/map/address-find.js';
import { type Maps, openMaps } from '../../lib/map/maps.js';
import type { MatchList } from '../../lib/map/match-list.js';
import type { ServerReply } from '../../lib/protocol/smtp/client.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { sysexits } from '../../lib/util/sysexits.js';
import type { ClientSettings } from './client-settings.js';
import type { Connection } from './connection.js';
import { softened, type Why } from './trouble.js';

const maxRounds = 10;

export interface LoginFor {
  readonly nexthop: string;
  /** Internal form. */
  readonly sender: string;
}

interface Entry {
  readonly user: string;
  readonly secret: string | TokenSource;
}

export class SaslLogin {
  readonly #settings: ClientSettings;
  readonly #log: Log;
  readonly #passwords: Maps;
  readonly #bySender: AddressFinder | undefined;
  readonly #filter: MatchList | undefined;
  readonly #options: Record<'clear' | 'tls' | 'verified', readonly SecurityWord[]>;

  /** @throws {FatalError} settings with which nobody could be logged in */
  constructor(settings: ClientSettings, parts: { readonly log: Log; readonly dicts: DictOpener }) {
    const prefix = settings.lmtp ? 'lmtp' : 'smtp';
    this.#settings = settings;
    this.#log = parts.log;
    if (settings.sasl_password_maps === '')
      throw new FatalError(
        `specify a password table via the \`${prefix}_sasl_password_maps' configuration parameter`,
        sysexits.config,
      );
    if (settings.sasl_type !== 'cyrus')
      throw new FatalError(
        `${prefix}_sasl_type = ${settings.sasl_type}: unsupported SASL client implementation; write cyrus`,
        sysexits.config,
      );
    this.#passwords = openMaps(
      settings.sasl_password_maps,
      parts.dicts,
      settings.nameOf('sasl_password_maps'),
    );
    if (settings.sender_dependent_authentication)
      this.#bySender = createAddressFinder(
        this.#passwords,
        settings.common,
        createAddressClasses(settings.common, parts.dicts),
        { propagate: false },
      );
    if (settings.sasl_mechanism_filter !== '')
      this.#filter = mechanismFilter(
        settings.sasl_mechanism_filter,
        parts.dicts,
        settings.nameOf('sasl_mechanism_filter'),
      );
    const options = (name: string, text: string): readonly SecurityWord[] =>
      securityOptions(`${prefix}_${name}`, text);
    this.#options = {
      clear: options('sasl_security_options', settings.sasl_security_options),
      tls: options('sasl_tls_security_options', settings.sasl_tls_security_options),
      verified: options(
        'sasl_tls_verified_security_options',
        settings.sasl_tls_verified_security_options,
      ),
    };
  }

  /** Undefined: mail may be sent now. @throws {Trouble, LookupError} */
  async run(connection: Connection, login: LoginFor): Promise<Why | undefined> {
    if (!connection.has('AUTH')) return undefined;
    const text = await this.#find(connection, login);
    if (text === undefined) return undefined;
    const entry = parseEntry(text);
    if (typeof entry === 'string') return this.#localTrouble(connection, entry);
    const mechanism = await this.#choose(connection, typeof entry.secret !== 'string');
    if (!mechanism)
      return {
        dsn: '4.7.0',
        text: `SASL authentication failed; server ${connection.label} offered no compatible authentication mechanisms for this type of connection security`,
        ofSite: true,
      };
    let secret: string;
    try {
      secret = typeof entry.secret === 'string' ? entry.secret : await readToken(entry.secret);
    } catch (error) {
      return this.#localTrouble(connection, `token of ${entry.user}: ${(error as Error).message}`);
    }
    return this.#exchange(connection, mechanism, { user: entry.user, secret });
  }

  async #find(connection: Connection, { nexthop, sender }: LoginFor): Promise<string | undefined> {
    if (this.#bySender && sender !== '') {
      const found = await this.#bySender.find(sender);
      if (found !== undefined) return found;
    }
    return (
      (await this.#passwords.find(connection.server.host)) ?? (await this.#passwords.find(nexthop))
    );
  }

  async #choose(connection: Connection, hasToken: boolean): Promise<ClientMechanism | undefined> {
    const offered = offeredBy(connection);
    const { tls } = connection;
    const options = this.#options[tls ? (tls.isVerified ? 'verified' : 'tls') : 'clear'];
    for (const mechanism of hasToken ? [tokenMechanism] : clientMechanisms) {
      if (!offered.has(mechanism.name) || !isAllowed(mechanism.security, options)) continue;
      if (mechanism.needsBinding && Object.keys(tls?.bindings ?? {}).length === 0) continue;
      if (!this.#filter || (await this.#filter.match(mechanism.name))) return mechanism;
    }
    return undefined;
  }

  async #exchange(
    connection: Connection,
    { name, create }: ClientMechanism,
    credentials: Credentials,
  ): Promise<Why | undefined> {
    const machine = create({
      credentials,
      service: this.#settings.lmtp ? 'lmtp' : 'smtp',
      host: connection.server.host,
      authzid: this.#settings.common.send_cyrus_sasl_authzid ? credentials.user : '',
      bindings: connection.tls?.bindings,
      isPlusOffered: offeredBy(connection).has(`${name}-PLUS`),
      randomBytes,
    });
    const initial = machine.initial();
    // RFC 4954 section 4: an initial response of no bytes is `=`.
    let line =
      initial === undefined ? `AUTH ${name}` : `AUTH ${name} ${initial.toString('base64') || '='}`;
    for (let round = 0; round < maxRounds; round += 1) {
      const reply = await this.#say(connection, name, line);
      if (reply.code === 334) {
        const next = await answerTo(reply, machine);
        if (next.is === 'line') {
          line = next.text;
          continue;
        }
        await this.#say(connection, name, '*');
        return this.#localTrouble(connection, next.text);
      }
      if (reply.code >= 300) return this.#refused(connection, reply);
      if (machine.isSatisfied()) return undefined;
      connection.destroy();
      return this.#localTrouble(connection, 'the server did not prove that it knows the password');
    }
    connection.destroy();
    return this.#localTrouble(connection, 'the server never comes to an end');
  }

  #say(connection: Connection, name: string, line: string): Promise<ServerReply> {
    const { helo_timeout: timeout } = this.#settings;
    return connection.command(
      line,
      `performing SASL ${name} authentication`,
      timeout,
      !line.startsWith('AUTH '),
    );
  }

  #refused(connection: Connection, reply: ServerReply): Why {
    const why: Why = {
      dsn: reply.dsn.startsWith('2') ? '4.7.0' : reply.dsn,
      text: `SASL authentication failed; server ${connection.label} said: ${reply.text}`,
      diagnostic: reply.text,
      ofSite: true,
    };
    // A password that an administrator mistyped must not send all mail back.
    return this.#settings.sasl_auth_soft_bounce ? softened(why) : why;
  }

  #localTrouble(connection: Connection, what: string): Why {
    this.#log.warning(`SASL login at ${connection.label}: ${what}`);
    return {
      dsn: '4.7.0',
      text: `SASL authentication failed; cannot authenticate to server ${connection.label}: ${what}`,
      ofSite: true,
    };
  }
}

async function answerTo(
  reply: ServerReply,
  machine: ClientMachine,
): Promise<{ readonly is: 'line' | 'problem'; readonly text: string }> {
  const challenge = decodeBase64((reply.lines.at(-1) ?? '').trim());
  if (!challenge) return { is: 'problem', text: 'a challenge that is not base64' };
  const response = await machine.respond(challenge);
  if (typeof response === 'string') return { is: 'problem', text: response };
  return { is: 'line', text: response.toString('base64') };
}

/** `user:password`; a text: what is wrong with it. */
function parseEntry(text: string): Entry | string {
  const colon = text.indexOf(':');
  const user = colon < 0 ? text : text.slice(0, colon);
  const secret = colon < 0 ? '' : text.slice(colon + 1);
  const source = parseTokenSource(secret);
  if (typeof source === 'string') return `the entry of ${user}: ${source}`;
  return { user, secret: source ?? secret };
}

function offeredBy({ offers }: Connection): ReadonlySet<string> {
  return new Set((offers.keywords.get('AUTH') ?? '').toUpperCase().split(/\s+/));
}
