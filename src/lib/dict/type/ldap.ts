/** dict/type/ldap - `ldap:/etc/postfix/users.cf`: directories, by the package ldapts. Standard: ldap_table(5). */
import { splitList } from '../../util/list.js';
import { driver } from '../client/driver.js';
import {
  LdapConnection,
  type LdapDriver,
  type LdapOptions,
  type LdapScope,
} from '../client/ldap-connection.js';
import { allAttributes, expandSearch } from '../client/ldap-expand.js';
import { quoteDn, quoteFilter } from '../client/ldap-quote.js';
import { clientDict } from '../client/lookup.js';
import { type ClientSettings, clientFile, readClientSettings } from '../client/settings.js';
import { fillQuery, parseTemplate } from '../client/template.js';
import { type DictContext, type DictType, TableError } from '../type.js';

export const ldap: DictType = {
  name: 'ldap',
  file: clientFile,
  open(name, context) {
    const settings = readClientSettings('ldap', name, context);
    const warn = (text: string): void => context.log.warning(`${settings.table}: ${text}`);
    const package_ = driver('ldap') as LdapDriver;
    const base = parseTemplate(settings.text('search_base'), 'query', settings.table);
    const filter = parseTemplate(
      settings.text('query_filter', '(mailacceptinggeneralid=%s)'),
      'query',
      settings.table,
    );
    const attributes = {
      result: splitList(settings.text('result_attribute', 'maildrop')),
      special: splitList(settings.text('special_result_attribute')),
      terminal: splitList(settings.text('terminal_result_attribute')),
      leaf: splitList(settings.text('leaf_result_attribute')),
    };
    const scope = scopeOf(settings);
    const expansionLimit = settings.number('expansion_limit', 0);
    const sizeLimit = settings.number('size_limit', expansionLimit);
    const recursionLimit = settings.number('recursion_limit', 1000, 1);
    warnOfUnused(settings, context);
    const connection = new LdapConnection(package_, connectionOptions(settings, warn));
    return clientDict(
      {
        settings,
        queries: [base, filter],
        resultFormat: settings.text('result_format', settings.text('result_filter', '%s')),
        expansionLimit,
        ask: (key, add) =>
          expandSearch(
            fillQuery(base, key, quoteDn),
            {
              scope,
              filter: inParentheses(fillQuery(filter, key, quoteFilter)),
              attributes: allAttributes(attributes),
            },
            {
              attributes,
              recursionLimit,
              sizeLimit,
              search: (where, search) => connection.search(where, search),
              add,
              warn,
            },
          ),
        close: () => connection.close(),
      },
      context,
    );
  },
};

/** `mail=%s` is as good as `(mail=%s)`. */
function inParentheses(filter: string): string {
  return filter.startsWith('(') ? filter : `(${filter})`;
}

function scopeOf(settings: ClientSettings): LdapScope {
  const scope = settings.text('scope', 'sub').toLowerCase();
  if (scope === 'sub' || scope === 'one' || scope === 'base') return scope;
  throw new TableError(`${settings.table}: scope = ${scope}: write sub, one or base`);
}

function connectionOptions(settings: ClientSettings, warn: (text: string) => void): LdapOptions {
  const port = settings.number('server_port', 389, 1);
  return {
    urls: splitList(settings.text('server_host', 'localhost')).map((host) => asUrl(host, port)),
    timeoutMs: settings.number('timeout', 10, 1) * 1000,
    startTls: settings.bool('start_tls', false),
    tls: {
      certFile: settings.text('tls_cert'),
      keyFile: settings.text('tls_key'),
      caFile: settings.text('tls_ca_cert_file'),
      caPath: settings.text('tls_ca_cert_dir'),
      ciphers: settings.text('tls_cipher_suite'),
    },
    requireCert: settings.bool('tls_require_cert', false),
    bind: bindOptions(settings),
    warn,
  };
}

function asUrl(host: string, port: number): string {
  if (/^ldap[is]?:\/\//i.test(host)) return host;
  return /^(?:[^:]+|\[.*\]):\d+$/.test(host) ? `ldap://${host}` : `ldap://${host}:${port}`;
}

function bindOptions(settings: ClientSettings): LdapOptions['bind'] {
  const how = settings.text('bind', 'yes').toLowerCase();
  const password = settings.text('bind_pw');
  switch (how) {
    case 'no':
    case 'none':
      return { is: 'none' };
    case 'yes':
    case 'simple':
      return { is: 'simple', dn: settings.text('bind_dn'), password };
    case 'sasl': {
      const wanted = splitList(settings.text('sasl_mechs').toUpperCase());
      const mechanism = wanted.find((each) => each === 'EXTERNAL' || each === 'PLAIN');
      if (mechanism !== undefined) return { is: 'sasl', mechanism, password };
      throw new TableError(
        `${settings.table}: sasl_mechs = ${wanted.join(' ')}: EXTERNAL and PLAIN are supported`,
      );
    }
    default:
      throw new TableError(`${settings.table}: bind = ${how}: write no, yes or sasl`);
  }
}

/** Settings of OpenLDAP's library that the package has no counterpart of. */
function warnOfUnused(settings: ClientSettings, { log }: DictContext): void {
  const unused: Readonly<Record<string, string>> = {
    cache: 'no',
    cache_expiry: '',
    cache_size: '',
    dereference: '0',
    chase_referrals: '0',
    debuglevel: '0',
    version: '3',
    sasl_realm: '',
    sasl_authz_id: '',
    sasl_minssf: '0',
    tls_random_file: '',
  };
  for (const [name, harmless] of Object.entries(unused)) {
    const value = settings.given(name);
    if (value !== undefined && value !== harmless && value !== '')
      log.warning(`${settings.table}: ${name} = ${value} has no effect`);
  }
}
