/** smtpd/service - what all sessions of one master.cf line share. */
import type { SaslServer } from '../../lib/auth/sasl-server.js';
import { createSaslServer } from '../../lib/auth/server.js';
import { networksOf, ownAddresses } from '../../lib/config/own-networks.js';
import type { Settings } from '../../lib/config/settings.js';
import type { Dict } from '../../lib/dict/dict.js';
import type { DictOpener } from '../../lib/dict/opener.js';
import type { Resolver } from '../../lib/dns/resolver.js';
import type { Anvil } from '../../lib/ipc/conversation/anvil.js';
import type { Cleanup } from '../../lib/ipc/conversation/cleanup.js';
import type { QueueManager } from '../../lib/ipc/conversation/queue-manager.js';
import type { Verify } from '../../lib/ipc/conversation/verify.js';
import type { Rewrite } from '../../lib/ipc/conversation/rewrite.js';
import type { Log } from '../../lib/log/log.js';
import {
  createAddressClasses,
  ownAddresses as localAddresses,
} from '../../lib/map/address-class.js';
import { createAddressFinder } from '../../lib/map/address-find.js';
import { type DebugPeers, debugPeers } from '../../lib/map/debug-peers.js';
import { filterReplies } from '../../lib/map/dns-reply-filter.js';
import { type Maps, openMaps } from '../../lib/map/maps.js';
import {
  addressList,
  clientList,
  domainList,
  type MatchList,
  stringList,
} from '../../lib/map/match-list.js';
import { createMilterService, type MilterService } from '../../lib/milter/service.js';
import type { Clock } from '../../lib/sys/clock.js';
import type { TlsSource } from '../../lib/tls/material.js';
import { ServerTls } from '../../lib/tls/server.js';
import { serverTlsSettings } from '../../lib/tls/server-settings.js';
import { splitList } from '../../lib/util/list.js';
import { ClientNames } from '../../lib/server/client-name.js';
import { byNetwork } from './client-networks.js';
import { createFooter, type Footer } from './footer.js';
import { keywordSet } from './keywords.js';
import { PolicyServers } from './policy/servers.js';
import { createRecipientMaps } from './recipient-maps.js';
import type { CheckCore } from './restriction/check.js';
import { Evaluator } from './restriction/evaluate.js';
import { patientVerify } from './restriction/unverified.js';
import { createSessionExpand } from './session-expand.js';
import type { Trace } from './restriction/trace.js';
import type { EnvelopeRecipient, Client } from './state.js';

export interface SmtpdParts {
  readonly settings: Settings;
  /** Name of the master.cf line: `smtp`, `127.0.0.1:2525`. */
  readonly service: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly dicts: DictOpener;
  readonly cleanup: Cleanup;
  readonly rewrite: Rewrite;
  readonly anvil: Anvil;
  readonly queueManager: QueueManager;
  /** Undefined: no probes can be sent, and addresses stay unverified. */
  readonly verify?: Verify;
  /** As this process reaches it; default: where it stands. */
  readonly queueDirectory?: string;
  readonly tlsSource: TlsSource;
  /** Hears how restrictions are decided; dicts and resolver tell its onLookup. One session at a time. */
  readonly trace?: Trace;
}

export interface Service extends SmtpdParts {
  /** debug_peer_list; undefined: nobody. */
  readonly debugPeers: DebugPeers | undefined;
  readonly checks: CheckCore;
  readonly evaluator: Evaluator;
  readonly names: ClientNames;
  /** Undefined: smtpd_sasl_auth_enable = no. */
  readonly sasl: SaslServer | undefined;
  /** Clients to which AUTH is not shown; undefined: to none. */
  readonly saslExceptions: MatchList | undefined;
  /** By `name[address]`; undefined: none. */
  readonly verpClients: MatchList | undefined;
  readonly xclientHosts: MatchList | undefined;
  readonly xforwardHosts: MatchList | undefined;
  /** Clients without limits. */
  readonly limitExceptions: MatchList;
  readonly bareNewlineExceptions: MatchList;
  readonly localHeaderClients: MatchList | undefined;
  readonly fastFlushDomains: MatchList;
  /** By the first word of a line; undefined: none. */
  readonly forbiddenCommands: MatchList | undefined;
  readonly noopCommands: MatchList | undefined;
  /** smtpd_command_filter; undefined: none. */
  readonly commandFilter: Dict | undefined;
  readonly hiddenKeywords: ReadonlySet<string>;
  readonly hiddenKeywordMaps: Maps;
  readonly footer: Footer;
  /** smtpd_relay_before_recipient_restrictions is `no` only because the compatibility level is old. */
  readonly relayOrderIsOld: boolean;
  readonly overrides: ReadonlySet<string>;
  readonly tls: ServerTls;
  /** Undefined: no client of this service has mail filters. */
  readonly milters: MilterService | undefined;
  /** smtpd_milter_maps */
  readonly milterMaps: Maps;
}

export function createService(parts: SmtpdParts): Service {
  const { settings, dicts, log, clock } = parts;
  const own = settings.mynetworks;
  const networks = addressList(own, dicts, 'mynetworks');
  const classes = createAddressClasses(settings, dicts);
  const overrides = new Set(splitList(settings.receive_override_options));
  const milterMaps = openMaps(settings.smtpd_milter_maps, dicts, 'smtpd_milter_maps');
  const dnsFilter = { name: 'smtpd_dns_reply_filter', tables: settings.smtpd_dns_reply_filter };
  const words = (setting: WordList): MatchList | undefined =>
    settings[setting] === '' ? undefined : stringList(settings[setting], dicts, setting);
  return {
    ...parts,
    anvil: byNetwork(parts.anvil, settings),
    debugPeers: debugPeers(settings, dicts, log),
    checks: {
      settings,
      log,
      warnOnce: onceEach((text) => log.warning(text)),
      dicts,
      resolver: filterReplies(parts.resolver, dnsFilter, parts),
      hosts: parts.resolver,
      rewrite: parts.rewrite,
      classes,
      mynetworks: networks,
      senderLogins: createAddressFinder(
        openMaps(settings.smtpd_sender_login_maps, dicts, 'smtpd_sender_login_maps'),
        settings,
        classes,
        { propagate: false },
      ),
      recipientMaps: createRecipientMaps(settings, dicts, classes),
      relayClientcerts: openMaps(settings.relay_clientcerts, dicts, 'relay_clientcerts'),
      permitLog: words('smtpd_log_access_permit_actions'),
      ownAddresses: localAddresses({
        inet_interfaces: settings.inet_interfaces,
        proxy_interfaces: '',
      }),
      ownExchangers: localAddresses(settings),
      mxBackupNetworks: hosts('permit_mx_backup_networks', settings, dicts),
      addressTypes: addressTypes(settings.inet_protocols),
      rblReplies: openMaps(settings.rbl_reply_maps, dicts, 'rbl_reply_maps'),
      expandWith: createSessionExpand(settings.smtpd_expansion_filter),
      policies: new PolicyServers({
        settings,
        log,
        clock,
        queueDirectory: parts.queueDirectory ?? '.',
      }),
      verify: patientVerify(parts.verify, settings, (ms) => clock.sleep(ms)),
      ...(parts.trace ? { trace: parts.trace } : {}),
    },
    evaluator: new Evaluator(splitList(settings.smtpd_restriction_classes), (seconds) =>
      clock.sleep(seconds * 1000),
    ),
    sasl: settings.smtpd_sasl_auth_enable
      ? createSaslServer({
          settings,
          log,
          clock,
          dicts,
          queueDirectory: parts.queueDirectory ?? '.',
        })
      : undefined,
    saslExceptions:
      settings.smtpd_sasl_exceptions_networks === ''
        ? undefined
        : addressList(
            settings.smtpd_sasl_exceptions_networks,
            dicts,
            'smtpd_sasl_exceptions_networks',
          ),
    verpClients: hosts('smtpd_authorized_verp_clients', settings, dicts),
    xclientHosts: hosts('smtpd_authorized_xclient_hosts', settings, dicts),
    xforwardHosts: hosts('smtpd_authorized_xforward_hosts', settings, dicts),
    names: new ClientNames(settings, log, clock),
    limitExceptions: addressList(
      settings.smtpd_client_event_limit_exceptions,
      dicts,
      'smtpd_client_event_limit_exceptions',
    ),
    bareNewlineExceptions: addressList(
      settings.smtpd_forbid_bare_newline_exclusions,
      dicts,
      'smtpd_forbid_bare_newline_exclusions',
    ),
    localHeaderClients: headerClients(settings, own, dicts),
    fastFlushDomains: domainList(settings.fast_flush_domains, dicts, 'fast_flush_domains', {
      matchSubdomains: true,
    }),
    forbiddenCommands: words('smtpd_forbidden_commands'),
    noopCommands: words('smtpd_noop_commands'),
    commandFilter:
      settings.smtpd_command_filter === '' ? undefined : dicts.open(settings.smtpd_command_filter),
    hiddenKeywords: keywordSet(settings.smtpd_discard_ehlo_keywords),
    hiddenKeywordMaps: openMaps(
      settings.smtpd_discard_ehlo_keyword_address_maps,
      dicts,
      'smtpd_discard_ehlo_keyword_address_maps',
    ),
    footer: createFooter(settings, dicts, log),
    relayOrderIsOld:
      !settings.smtpd_relay_before_recipient_restrictions &&
      (settings.source.raw('smtpd_relay_before_recipient_restrictions') ?? '').includes('compat'),
    tls: new ServerTls({
      settings,
      tls: serverTlsSettings(settings),
      service: parts.service,
      source: parts.tlsSource,
      dicts,
      log,
    }),
    overrides,
    milters:
      overrides.has('no_milters') || (settings.smtpd_milters === '' && milterMaps.isEmpty)
        ? undefined
        : createMilterService(settings.smtpd_milters, {
            settings,
            log,
            clock,
            queueDirectory: parts.queueDirectory ?? '.',
          }),
    milterMaps,
  };
}

type WordList =
  | 'smtpd_log_access_permit_actions'
  | 'smtpd_forbidden_commands'
  | 'smtpd_noop_commands';

type HostList =
  | 'smtpd_authorized_verp_clients'
  | 'smtpd_authorized_xclient_hosts'
  | 'smtpd_authorized_xforward_hosts'
  | 'permit_mx_backup_networks';

/** By `name[address]`; undefined: nobody. */
function hosts(name: HostList, settings: Settings, dicts: DictOpener): MatchList | undefined {
  const matchSubdomains = splitList(settings.parent_domain_matches_subdomains).includes(name);
  return settings[name] === ''
    ? undefined
    : clientList(settings[name], dicts, name, { matchSubdomains });
}

function addressTypes(protocols: string): ('A' | 'AAAA')[] {
  const words = splitList(protocols.toLowerCase());
  const has = (name: string): boolean => words.includes('all') || words.includes(name);
  return [...(has('ipv4') ? (['A'] as const) : []), ...(has('ipv6') ? (['AAAA'] as const) : [])];
}

/** For the few texts that a program has: the set never grows beyond them. */
function onceEach(say: (text: string) => void): (text: string) => void {
  const said = new Set<string>();
  return (text) => {
    if (!said.has(text)) say(text);
    said.add(text);
  };
}

/** local_header_rewrite_clients: the default means this machine's own addresses. */
function headerClients(settings: Settings, own: string, dicts: DictOpener): MatchList | undefined {
  const words = splitList(settings.local_header_rewrite_clients);
  if (words.includes('static:all'))
    return stringList('static:all', dicts, 'local_header_rewrite_clients');
  if (words.includes('permit_mynetworks')) return addressList(own, dicts, 'mynetworks');
  return words.includes('permit_inet_interfaces')
    ? addressList(ownAddressList(settings), dicts, 'local_header_rewrite_clients')
    : undefined;
}

function ownAddressList(settings: Settings): string {
  return networksOf(ownAddresses(settings.inet_interfaces, settings.inet_protocols), 'host');
}

/** A recipient as the client said it. */
export type { Client, EnvelopeRecipient };
