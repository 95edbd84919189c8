/**
 * app/stand-alone - `sendmail -bs`: one SMTP session on standard input and output, into the maildrop.
 *
 * Runs with the rights of who started it and needs no server. Access control is off, for whoever can run this could
 * use sendmail(1) as well; as mail_owner it is on. Postfix: smtpd(8), stand-alone mode.
 */
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { createSmtpd } from '../daemon/smtpd/main.js';
import { createRewrite } from '../daemon/trivial-rewrite/main.js';
import { type Configuration, loadConfiguration } from '../lib/config/load.js';
import { mainCfText, type Settings } from '../lib/config/settings.js';
import { createDictOpener } from '../lib/dict/open.js';
import { createResolver } from '../lib/dns/client.js';
import type { Anvil } from '../lib/ipc/conversation/anvil.js';
import { poke } from '../lib/ipc/poke.js';
import { createLog, type LogSink } from '../lib/log/log.js';
import { openMailLog } from '../lib/log/mail-log.js';
import { runCommand } from '../lib/server/command.js';
import { systemClock } from '../lib/sys/clock.js';
import { createTlsSource } from '../lib/tls/material.js';
import { lookupUser } from '../lib/sys/user.js';
import { FatalError } from '../lib/util/fatal-error.js';
import { createMaildropCleanup } from './maildrop-cleanup.js';
import { standardSocket } from './standard-socket.js';

const noAccessControl: Readonly<Record<string, string>> = {
  smtpd_client_restrictions: '',
  smtpd_helo_restrictions: '',
  smtpd_sender_restrictions: '',
  smtpd_relay_restrictions: 'permit, reject',
  smtpd_recipient_restrictions: '',
  smtpd_data_restrictions: '',
  smtpd_end_of_data_restrictions: '',
  smtpd_reject_unlisted_recipient: 'no',
  smtpd_reject_unlisted_sender: 'no',
};

/** Whatever access control says: there are no rates to keep, and no queue manager to ask. */
const standAlone: Readonly<Record<string, string>> = {
  fast_flush_domains: '',
  smtpd_forbid_bare_newline: 'no', // programs on this machine end lines as they like
  smtpd_forbid_unauth_pipelining: 'no', // a pipe has it all at once
  smtpd_sasl_auth_enable: 'no',
  smtpd_tls_security_level: 'none',
  smtpd_tls_wrappermode: 'no',
  smtputf8_enable: 'no', // the maildrop has no place to say so
  smtpd_client_connection_count_limit: '0',
  smtpd_client_connection_rate_limit: '0',
  smtpd_client_message_rate_limit: '0',
  smtpd_client_recipient_rate_limit: '0',
};

function settingsOf(configuration: Configuration): Settings {
  const isOwner = process.getuid?.() === lookupUser(configuration.settings.mail_owner)?.uid;
  const overrides = new Map(Object.entries({ ...standAlone, ...(isOwner ? {} : noAccessControl) }));
  return configuration.settingsFor({
    name: 'smtp',
    type: 'inet',
    private: false,
    unprivileged: true,
    chroot: false,
    wakeup: 0,
    wakeupWhenUsed: false,
    maxproc: undefined,
    command: 'smtpd',
    args: [],
    overrides,
    fields: [],
    origin: 'sendmail -bs',
    line: 0,
  });
}

/** The log, where this user may write to it; else the session goes unlogged, as pickup(8) logs the message. */
function openSink(settings: Settings): LogSink {
  try {
    return openMailLog(settings, { json: false, foreground: false });
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    return { write: () => undefined, hurry: () => undefined, flush: () => Promise.resolve() };
  }
}

const noCounts: Anvil = {
  connect: () => ({ connections: 1, connectionRate: 1 }),
  disconnect: () => undefined,
  message: () => 1,
  recipient: () => 1,
  newTlsSession: () => 1,
  tlsSessionRate: () => 1,
  auth: () => 1,
  authFailure: () => 1,
};

await runCommand('sendmail', async () => {
  const { values } = parseArgs({ options: { config: { type: 'string', short: 'c' } } });
  const configuration = loadConfiguration(values.config ?? '/etc/postfix');
  const settings = settingsOf(configuration);
  const sink = openSink(settings);
  const log = createLog(sink, `${settings.syslog_name}/smtpd`, systemClock.now);
  const dicts = createDictOpener({
    log,
    defaultType: settings.default_database_type,
    setting: mainCfText(settings.source),
  });
  const resolver = createResolver({
    clock: systemClock,
    is2003: settings.enable_idna2003_compatibility,
  });
  const smtpd = createSmtpd({
    settings,
    service: 'smtp',
    log,
    clock: systemClock,
    resolver,
    dicts,
    cleanup: createMaildropCleanup({
      settings,
      clock: systemClock,
      onTrouble: (text) => log.warning(text),
    }),
    rewrite: createRewrite({ settings, log, dicts }),
    anvil: noCounts,
    tlsSource: createTlsSource(),
    queueManager: {
      arrived: () => undefined,
      flushAll: () => undefined,
      flushOne: () => undefined,
      flushSite: () => undefined,
      changed: () => undefined,
    },
  });
  const socket = standardSocket();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  smtpd.accept(socket);
  await closed;
  await poke(
    path.join(settings.queue_directory, 'public', 'pickup'),
    { op: 'wakeup' },
    settings.trigger_timeout * 1000,
  );
  await sink.flush();
  resolver.close();
  dicts.close();
  return 0;
});
process.exit();
