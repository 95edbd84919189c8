/**
 * config/database-names - settings of SQL, LDAP and like tables that stand in main.cf: `ldap:vam` reads `vam_server_host`.
 *
 * Postfix: postconf_dbms.c; the names are those of ldap_table(5), mysql_table(5), pgsql_table(5), sqlite_table(5),
 * mongodb_table(5).
 */

const common = 'domain expansion_limit query result_format';
const sql = `${common} additional_conditions dbname hosts password select_field select_function table user where_field charset encoding idle_interval option_file option_group require_result_set retry_interval tls_CAfile tls_CApath tls_cert_file tls_ciphers tls_key_file tls_verify_cert`;

const suffixes: Readonly<Record<string, ReadonlySet<string>>> = {
  ldap: new Set(
    'bind bind_dn bind_pw cache cache_expiry cache_size chase_referrals debuglevel dereference domain expansion_limit leaf_result_attribute query_filter recursion_limit result_attribute result_filter result_format sasl_authz_id sasl_mechs sasl_minssf sasl_realm scope search_base server_host server_port size_limit special_result_attribute start_tls terminal_result_attribute timeout tls_ca_cert_dir tls_ca_cert_file tls_cert tls_cipher_suite tls_key tls_random_file tls_require_cert version'.split(
      ' ',
    ),
  ),
  mysql: new Set(sql.split(' ')),
  pgsql: new Set(sql.split(' ')),
  sqlite: new Set(
    `${common} dbpath additional_conditions select_field table where_field`.split(' '),
  ),
  mongodb: new Set(
    `${common} uri dbname collection query_filter projection result_attribute`.split(' '),
  ),
};

/** Whether `name` is a setting of a table that one of the values names without a slash. */
export function isDatabaseName(name: string, values: Iterable<string>): boolean {
  for (const value of values) {
    for (const match of value.matchAll(
      /(?:proxy:)?(ldap|mysql|pgsql|sqlite|mongodb):([^\s,/{}]+)/g,
    )) {
      const [, type = '', table = ''] = match;
      if (name.startsWith(`${table}_`) && suffixes[type]?.has(name.slice(table.length + 1)))
        return true;
    }
  }
  return false;
}
