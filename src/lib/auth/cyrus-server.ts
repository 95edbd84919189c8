/**
 * auth/cyrus-server - smtpd_sasl_type = cyrus: the mechanism table with the back end that smtpd.conf names.
 *
 * A mechanism is offered when the back end can check it, mech_list and the security options allow it, and the filter
 * lets it through. A client may only use what is offered; which of these stood in the way decides the words.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AccountFiles } from './account-file.js';
import type { BackEnd } from './backend.js';
import { createAccounts } from './backend/accounts.js';
import { createSaslauthd } from './backend/saslauthd.js';
import { createSeveral } from './backend/several.js';
import { type CyrusConfig, loadCyrusConfig } from './cyrus-config.js';
import { decodeBase64, failed, type Step } from './exchange.js';
import type { Realms } from './login.js';
import type { Mechanism, MechanismContext } from './mechanism.js';
import { mechanisms } from './mechanisms.js';
import { isAllowed, mechanismFilter, securityOptions } from './offer.js';
import type { Exchange, SaslContext, SaslServer, SaslServerParts } from './sasl-server.js';

export function createCyrusServer({ settings, log, clock, dicts }: SaslServerParts): SaslServer {
  const config = loadCyrusConfig(
    settings.cyrus_sasl_config_path,
    settings.config_directory,
    settings.smtpd_sasl_path,
  );
  for (const warning of config.warnings) log.warning(warning);
  const realms: Realms = {
    localDomain: settings.smtpd_sasl_local_domain,
    hostname: settings.myhostname,
  };
  const service = settings.smtpd_sasl_service;
  const backEnd = createBackEnd(config, realms, { service, clock });
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
  const fakeSecret = machineSecret();

  const isKnown = (mechanism: Mechanism, { tls }: SaslContext): boolean => {
    if (config.mechList && !config.mechList.has(mechanism.name)) return false;
    if (mechanism.isPlus && !hasBinding(tls)) return false;
    if (mechanism.needs === undefined) return tls?.certificateName !== undefined;
    return backEnd.offers.has(mechanism.needs);
  };
  const isStrong = ({ security }: Mechanism, { tls }: SaslContext): boolean =>
    isAllowed(security, tls ? options.tls : options.plain);

  async function offered(context: SaslContext): Promise<Mechanism[]> {
    const list: Mechanism[] = [];
    for (const mechanism of mechanisms) {
      if (!isKnown(mechanism, context) || !isStrong(mechanism, context)) continue;
      if (await filter.match(mechanism.name)) list.push(mechanism);
    }
    return list;
  }

  return {
    mechanisms: async (context) => (await offered(context)).map(({ name }) => name),
    async start(given, initial, context) {
      const name = given.toUpperCase();
      const found = mechanisms.find((mechanism) => mechanism.name === name);
      if (!found || !isKnown(found, context))
        return refused(given, failed('mechanism', { detail: `Couldn't find mech ${given}` }));
      if (!isStrong(found, context)) return refused(found.name, failed('tooWeak'));
      const list = await offered(context);
      if (!list.includes(found))
        return refused(found.name, failed('mechanism', { detail: `${name} is filtered out` }));
      const mechanismContext: MechanismContext = {
        backEnd,
        realms,
        service,
        bindings: context.tls?.bindings,
        offersPlus: list.some((mechanism) => mechanism.isPlus),
        certificateName: context.tls?.certificateName,
        fakeSecret,
        randomBytes,
        now: clock.now,
      };
      return run(found, mechanismContext, initial);
    },
    close: () => undefined,
  };
}

function createBackEnd(
  config: CyrusConfig,
  realms: Realms,
  { service, clock }: { readonly service: string; readonly clock: SaslServerParts['clock'] },
): BackEnd {
  return createSeveral(
    config.pwcheckMethods.map((method) =>
      method === 'saslauthd'
        ? createSaslauthd({ socketPath: config.saslauthdPath, service, clock })
        : createAccounts(new AccountFiles(config.sasldbPath), realms),
    ),
  );
}

/** The same after a restart, so that made-up salts do not change where real ones stay; unknown to strangers. */
function machineSecret(): Buffer {
  try {
    return createHash('sha256').update(readFileSync('/etc/machine-id')).update('sasl').digest();
  } catch {
    return randomBytes(32);
  }
}

function hasBinding(tls: SaslContext['tls']): boolean {
  return tls !== undefined && Object.keys(tls.bindings).length > 0;
}

function refused(mechanism: string, first: Step): Exchange {
  return { mechanism, first, step: async () => first, abort: () => undefined };
}

async function run(
  mechanism: Mechanism,
  context: MechanismContext,
  initial: string | undefined,
): Promise<Exchange> {
  const machine = mechanism.create(context);
  // RFC 4954 section 4: `=` is an initial response of no bytes.
  const decoded = initial === undefined ? undefined : decodeBase64(initial === '=' ? '' : initial);
  const isBad = initial !== undefined && decoded === undefined;
  return {
    mechanism: mechanism.name,
    first: isBad ? failed('base64') : await machine.start(decoded),
    async step(response) {
      const bytes = decodeBase64(response);
      return bytes ? machine.step(bytes) : failed('base64');
    },
    abort: () => undefined,
  };
}
