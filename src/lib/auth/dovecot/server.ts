/**
 * dovecot/server - smtpd_sasl_type = dovecot: Dovecot's auth service checks every mechanism it offers.
 *
 * smtpd_sasl_path is a UNIX socket (relative to the queue directory) or `inet:host:port`. XOAUTH2 and OAUTHBEARER
 * work here and nowhere else. Postfix: xsasl_dovecot_server.c.
 */
import path from 'node:path';
import { FatalError } from '../../util/fatal-error.js';
import { sysexits } from '../../util/sysexits.js';
import { type Failure, type Step, trouble } from '../exchange.js';
import type { SecurityWord } from '../mechanism.js';
import { isAllowed, mechanismFilter, securityOptions } from '../offer.js';
import type { Exchange, SaslContext, SaslServer, SaslServerParts } from '../sasl-server.js';
import {
  type DovecotAnswer,
  DovecotConnection,
  DovecotError,
  type DovecotMechanism,
  type DovecotPlace,
} from './connection.js';
import { authLine, cancelLine, continueLine } from './protocol.js';

export function createDovecotServer(parts: SaslServerParts): SaslServer {
  const { settings, log, clock, dicts } = parts;
  const place = dovecotPlace(settings.smtpd_sasl_path, parts.queueDirectory);
  const connection = new DovecotConnection(place, clock);
  const filter = mechanismFilter(
    settings.smtpd_sasl_mechanism_filter,
    dicts,
    'smtpd_sasl_mechanism_filter',
  );
  const options = {
    plain: securityOptions('smtpd_sasl_security_options', settings.smtpd_sasl_security_options),
    tls: securityOptions(
      'smtpd_sasl_tls_security_options',
      settings.smtpd_sasl_tls_security_options,
    ),
  };
  const { smtpd_sasl_service: service, smtpd_sasl_local_domain: localDomain } = settings;

  async function offered({ tls }: SaslContext): Promise<string[]> {
    const list: string[] = [];
    for (const mechanism of await connection.mechanisms()) {
      if (mechanism.properties.has('private')) continue;
      if (!isAllowed(securityOf(mechanism), tls ? options.tls : options.plain)) continue;
      if (await filter.match(mechanism.name)) list.push(mechanism.name);
    }
    return list;
  }

  /** What Dovecot's answer means; the reason of a refusal is Dovecot's own. */
  function stepOf(answer: DovecotAnswer): Step {
    const user = 'fields' in answer ? withRealm(answer.fields.get('user')) : undefined;
    switch (answer.is) {
      case 'continue':
        return { is: 'challenge', data: Buffer.from(answer.data, 'base64') };
      case 'ok':
        return user === undefined || user === ''
          ? trouble('Dovecot named no user')
          : { is: 'done', user };
      case 'fail': {
        const named = user === undefined ? {} : { user };
        const reason = answer.fields.get('reason') ?? '(reason unavailable)';
        if (answer.fields.has('temp')) return { is: 'failed', isTemporary: true, reason, ...named };
        return { is: 'failed', isTemporary: false, reason, ...named };
      }
    }
  }

  const withRealm = (user: string | undefined): string | undefined =>
    user === undefined || user.includes('@') || localDomain === ''
      ? user
      : `${user}@${localDomain}`;

  async function ask(id: number, line: string): Promise<Step> {
    try {
      return stepOf(await connection.ask(id, line));
    } catch (error) {
      if (error instanceof DovecotError) return trouble(error.message);
      throw error;
    }
  }

  return {
    async mechanisms(context) {
      try {
        return await offered(context);
      } catch (error) {
        if (!(error instanceof DovecotError)) throw error;
        log.warning(`SASL: ${error.message}`);
        return [];
      }
    },
    async start(given, initial, context): Promise<Exchange> {
      const name = given.toUpperCase();
      const id = connection.nextId();
      let isOpen = true;
      const settled = (step: Step): Step => {
        isOpen = step.is === 'challenge';
        return step;
      };
      const first = async (): Promise<Step> => {
        try {
          if (!(await offered(context)).includes(name)) return unknownMechanism;
        } catch (error) {
          if (error instanceof DovecotError) return trouble(error.message);
          throw error;
        }
        const parameters = parametersOf(context);
        return ask(id, authLine({ id, mechanism: name, service, parameters, initial }));
      };
      return {
        mechanism: name,
        first: settled(await first()),
        step: async (response) => settled(await ask(id, continueLine(id, response))),
        abort() {
          if (isOpen) connection.cancel(id, cancelLine(id));
          isOpen = false;
        },
      };
    },
    close: () => connection.close(),
  };
}

/** In Postfix's words for Dovecot. */
const unknownMechanism: Failure = {
  is: 'failed',
  isTemporary: false,
  reason: 'Invalid authentication mechanism',
};

function parametersOf(context: SaslContext): [name: string, value: string | undefined][] {
  return [
    ['nologin', undefined],
    ['lip', context.serverAddress],
    ['rip', context.clientAddress],
    ['lport', String(context.serverPort)],
    ['rport', String(context.clientPort)],
    ...(context.tls ? [['secured', undefined] as [string, undefined]] : []),
  ];
}

const properties: Readonly<Record<SecurityWord, (own: ReadonlySet<string>) => boolean>> = {
  noplaintext: (own) => !own.has('plaintext'),
  noanonymous: (own) => !own.has('anonymous'),
  noactive: (own) => !own.has('active'),
  nodictionary: (own) => !own.has('dictionary'),
  forward_secrecy: (own) => own.has('forward-secrecy'),
  mutual_auth: (own) => own.has('mutual-auth'),
};

function securityOf({ properties: own }: DovecotMechanism): ReadonlySet<SecurityWord> {
  const words = Object.entries(properties) as [SecurityWord, (typeof properties)[SecurityWord]][];
  return new Set(words.filter(([, has]) => has(own)).map(([word]) => word));
}

/** @throws {FatalError} neither a path nor inet:host:port */
export function dovecotPlace(text: string, queueDirectory: string): DovecotPlace {
  if (!text.startsWith('inet:')) {
    const socket = text.startsWith('unix:') ? text.slice('unix:'.length) : text;
    return {
      shown: text,
      options: { path: path.isAbsolute(socket) ? socket : path.join(queueDirectory, socket) },
    };
  }
  const match = /^inet:(?:\[([0-9a-fA-F:.]+)\]|([^:]*)):(\d{1,5})$/.exec(text);
  if (!match)
    throw new FatalError(
      `smtpd_sasl_path = ${text}: bad address; write inet:host:port`,
      sysexits.config,
    );
  const [, literal, name, port] = match;
  return { shown: text, options: { host: literal ?? (name || 'localhost'), port: Number(port) } };
}
