/** fuzz/targets - all that is fuzzed, a row each. */
import type { FuzzTarget } from './target.js';
import { addressList } from './target/address-list.js';
import { addressPath } from './target/address-path.js';
import { addressRewrite } from './target/address-rewrite.js';
import { aliases } from './target/aliases.js';
import { cleanup } from './target/cleanup.js';
import { contentFilters } from './target/content-filters.js';
import { dns } from './target/dns.js';
import { dot } from './target/dot.js';
import { dsn } from './target/dsn.js';
import { header } from './target/header.js';
import { lists } from './target/lists.js';
import { logLine } from './target/log.js';
import { mailbox } from './target/mailbox.js';
import { mainCf } from './target/main-cf.js';
import { maildrop } from './target/maildrop.js';
import { masterCf } from './target/master-cf.js';
import { milter } from './target/milter.js';
import { mime } from './target/mime.js';
import { pcre, regexp } from './target/patterns.js';
import { policy } from './target/policy.js';
import { proxies } from './target/proxies.js';
import { qmqp } from './target/qmqp.js';
import { queueRecords } from './target/queue-records.js';
import { sasl } from './target/sasl.js';
import { smtpClient } from './target/smtp-client.js';
import { smtpServer } from './target/smtp-server.js';
import { smtpdSession } from './target/smtpd-session.js';
import { btreeFile, cdbFile, hashFile, lmdbFile } from './target/table-files.js';
import { tableServers } from './target/table-servers.js';
import { tableText } from './target/table-text.js';
import { templates } from './target/templates.js';

export const targets: readonly FuzzTarget[] = [
  addressPath,
  addressList,
  addressRewrite,
  header,
  mime,
  contentFilters,
  dot,
  smtpServer,
  smtpClient,
  smtpdSession,
  cleanup,
  proxies,
  policy,
  milter,
  dns,
  sasl,
  dsn,
  mainCf,
  masterCf,
  lists,
  tableText,
  tableServers,
  templates,
  regexp,
  pcre,
  hashFile,
  btreeFile,
  cdbFile,
  lmdbFile,
  aliases,
  mailbox,
  maildrop,
  queueRecords,
  qmqp,
  logLine,
];

export function targetNamed(name: string): FuzzTarget {
  const found = targets.find((target) => target.name === name);
  if (!found)
    throw new Error(`no target ${name}; there are: ${targets.map((row) => row.name).join(' ')}`);
  return found;
}
