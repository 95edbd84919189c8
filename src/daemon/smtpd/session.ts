/**
 * smtpd/session - one client's connection from greeting to goodbye.
 *
 * Invariants: commands are answered in order, one at a time; what the peer sends ahead is bounded; whatever goes
 * wrong here ends this session only. Postfix: smtpd.c.
 */
import type { Socket } from 'node:net';
import type { ProxiedEndpoints } from '../../lib/protocol/haproxy/header.js';
import { type Reply, reply } from '../../lib/protocol/smtp/reply.js';
import { createServerMachine } from '../../lib/protocol/smtp/server.js';
import type { ServerEvent, ServerMachine } from '../../lib/protocol/smtp/server-machine.js';
import { hiddenLine, linesOf, type PeerTrace } from '../../lib/map/debug-peers.js';
import { LookupError } from '../../lib/map/match-list.js';
import { splitList } from '../../lib/util/list.js';
import { authResponse } from './command/auth.js';
import { contentChunk, contentEnd } from './command/content.js';
import type { SessionControl } from './control.js';
import { CommandCounters } from './counters.js';
import { RequestDeadline } from './deadline.js';
import { decide } from './decide.js';
import { escapeControls } from './escape.js';
import { eventLine } from './event-line.js';
import { keywordSet } from './keywords.js';
import { SmtpdMilters } from './milter.js';
import { replies } from './replies.js';
import { secure } from './secure.js';
import type { Service } from './service.js';
import type { SessionTls } from './session-tls.js';
import { softened } from './soften.js';
import { type Client, clientLabel, hostLabel, noActions, type SessionState } from './state.js';
import { vet } from './vet.js';

const maxBuffered = 256 * 1024; // unread input at which we stop reading
const lingerMs = 5000;

export class Session implements SessionControl {
  readonly service: Service;
  readonly state: SessionState;
  readonly machine: ServerMachine;
  #socket: Socket;
  #unlisten: () => void;
  readonly #counters = new CommandCounters();
  readonly #onEnd: () => void;
  #output: Uint8Array[] = [];
  #running = false;
  #ended = false;
  #hangingUp = false;
  #draining = false;
  #errors = 0;
  #junk = 0;
  /** How far the conversation came, as the log names it. */
  #at = 'CONNECT';
  /** DATA or BDAT whose content is under way; it counts when that has ended. */
  #contentVerb: string | undefined;
  readonly #deadline: RequestDeadline | undefined;
  #counted = false;
  /** The connect line is written. */
  #announced = false;
  /** The client left while its name was looked up. */
  #goneEarly = false;
  /** The client will send no more; what it sent before is answered still. */
  #inputEnded = false;
  #wire = 0;
  /** STARTTLS was answered with 220: the handshake is next. */
  #tlsIsNext = false;
  /** debug_peer_list: hears of every line. */
  #trace: PeerTrace | undefined;

  constructor(service: Service, socket: Socket, onEnd: () => void, proxied?: ProxiedEndpoints) {
    const { settings } = service;
    this.service = service;
    this.#socket = socket;
    this.#onEnd = onEnd;
    const address = proxied?.client.address ?? plainAddress(socket.remoteAddress);
    const client: Client = {
      name: 'unknown',
      reverseName: 'unknown',
      nameStatus: 5,
      reverseStatus: 5,
      address,
      isPortShown: settings.smtpd_client_port_logging,
      port: proxied?.client.port ?? socket.remotePort ?? 0,
      serverAddress: proxied?.server.address ?? plainAddress(socket.localAddress),
      serverPort: proxied?.server.port ?? socket.localPort ?? 0,
    };
    this.state = {
      client,
      helo: '',
      isEsmtp: false,
      tls: undefined,
      login: undefined,
      exchange: undefined,
      forwarded: undefined,
      mayXverp: false,
      mayXclient: false,
      mayXforward: false,
      transaction: undefined,
      deferIfPermit: undefined,
      bdatBroken: false,
      hiddenKeywords: service.hiddenKeywords,
      accessDenied: false,
      illegalPipelining: false,
      routes: new Map(),
      milters: undefined,
      sessionActions: noActions(),
    };
    this.machine = createServerMachine({
      maxLine: settings.line_length_limit,
      bareNewline: bareNewlineMode(settings.smtpd_forbid_bare_newline),
    });
    if (settings.smtpd_per_request_deadline)
      this.#deadline = new RequestDeadline(
        service.clock,
        settings.smtpd_timeout * 1000,
        settings.smtpd_min_data_rate,
        () => this.#timeout(),
      );
    this.#unlisten = this.#listen(socket);
    this.#greet().catch((error: unknown) => this.#fail(error));
  }

  /** Finish what is under way, then say goodbye. */
  drain(): void {
    this.#draining = true;
    if (!this.#running && !this.state.transaction)
      this.#goodbye(replies.shuttingDown(this.service.settings.myhostname));
  }

  hangUp(): void {
    this.#hangingUp = true;
  }

  startTls(): void {
    this.#tlsIsNext = true;
  }

  async abortTransaction(): Promise<void> {
    const { transaction } = this.state;
    this.state.transaction = undefined;
    this.state.forwarded = undefined;
    this.state.bdatBroken = false;
    if (transaction) this.state.milters?.session.abort();
    await transaction?.filter?.abort();
    await transaction?.cleanup?.abort();
  }

  /** Hears of everything but data; the result undoes it. */
  #listen(socket: Socket): () => void {
    const listeners = {
      timeout: () => this.#timeout(),
      error: () => this.#lost(),
      end: () => this.#inputEnd(),
      close: () => this.#lost(),
    };
    socket.setTimeout(this.service.settings.smtpd_timeout * 1000);
    for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
    return () => {
      socket.setTimeout(0);
      for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
      socket.on('error', () => undefined); // the stream that is laid upon it tells
    };
  }

  #readOn(): void {
    this.#socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    if (this.#socket.isPaused()) this.#socket.resume(); // behind a proxy's header
  }

  /** The handshake, and what must hold before the session goes on. False: it has ended. */
  async #secure(): Promise<boolean> {
    const { service, state } = this;
    const { log, settings, anvil } = service;
    const label = clientLabel(state.client);
    this.#unlisten();
    this.#socket.removeAllListeners('data');
    const secured = await secure(service, this.#socket, label);
    if (!service.tls.settings.wrapper) this.#counters.count('STARTTLS', secured.is === 'secure');
    if (secured.is === 'lost') {
      this.#lost();
      return false;
    }
    const { tls } = secured;
    this.#socket = tls.socket;
    this.#unlisten = this.#listen(tls.socket);
    state.tls = tls;
    // RFC 3207 section 4.2: what was said in the clear counts no more.
    await this.abortTransaction();
    state.helo = '';
    state.isEsmtp = false;
    state.login = undefined;
    const refused = service.tls.settings.requireCertificate && certificateTrouble(tls);
    if (refused) {
      log.info(`NOQUEUE: abort: TLS from ${label}: ${refused}`);
      this.#goodbye(replies.certificateRefused(settings.myhostname, refused));
      return false;
    }
    const { smtpd_client_new_tls_session_rate_limit: limit } = settings;
    if (limit === 0 || tls.socket.isSessionReused()) return true;
    const rate = anvil.newTlsSession(service.service, state.client.address);
    if (rate <= limit || (await service.limitExceptions.match(state.client.address))) return true;
    log.warning(`Refusing TLS service request from ${label} for service ${service.service}`);
    this.#goodbye(replies.tooManyTlsSessions(settings.myhostname, state.client.address));
    return false;
  }

  async #greet(): Promise<void> {
    const { service, state } = this;
    const { settings, log, anvil } = service;
    this.#running = true;
    Object.assign(state.client, await service.names.of(state.client.address));
    log.info(`connect from ${clientLabel(state.client)}`);
    this.#announced = true;
    const { name, address } = state.client;
    this.#trace = await service.debugPeers?.traceOf(name, address, clientLabel(state.client));
    const { connections, connectionRate } = anvil.connect(service.service, state.client.address);
    this.#counted = true;
    if (this.#goneEarly) {
      this.#lost();
      return;
    }
    const limit = settings.smtpd_client_connection_count_limit;
    const rate = settings.smtpd_client_connection_rate_limit;
    const isOver = (limit > 0 && connections > limit) || (rate > 0 && connectionRate > rate);
    if (isOver && !(await service.limitExceptions.match(state.client.address))) {
      const what =
        limit > 0 && connections > limit
          ? `Connection concurrency limit exceeded: ${connections}`
          : `Connection rate limit exceeded: ${connectionRate}`;
      log.warning(`${what} from ${clientLabel(state.client)} for service ${service.service}`);
      this.#goodbye(replies.tooManyConnections(settings.myhostname, state.client.address));
      return;
    }
    await this.#learnAddress();
    if (service.tls.settings.wrapper && !(await this.#begunWithTls())) return;
    const refused = settings.smtpd_delay_reject
      ? undefined
      : await decide(this, { stage: 'client', list: 'smtpd_client_restrictions' });
    const filtered = await this.#meetFilters(connections);
    if (filtered?.code === 421) {
      this.#goodbye(filtered);
      return;
    }
    const text = settings.smtpd_banner.replace(/[\r\n]/g, ' ');
    state.accessDenied = refused !== undefined;
    await this.#answer(refused ?? filtered ?? reply(220, '', text));
    if (this.#hangingUp) {
      this.#flush();
      this.#end();
      return;
    }
    this.#flush();
    this.#running = false;
    if (this.#draining) {
      this.#goodbye(replies.shuttingDown(settings.myhostname));
      return;
    }
    if (this.#inputEnded) this.#lost();
    else {
      this.#deadline?.start();
      this.#readOn();
    }
  }

  /** Wrapper mode: TLS comes before the greeting. False: the session has ended. */
  async #begunWithTls(): Promise<boolean> {
    const { tls, log, service } = this.service;
    if (tls.context) return this.#secure();
    log.warning(
      `Wrapper-mode request dropped from ${clientLabel(this.state.client)} for service ${service}. TLS context initialization failed. For details see earlier warnings in your logs.`,
    );
    this.#end();
    return false;
  }

  /** STARTTLS was answered: what the client sent behind it in the clear is dropped (CVE-2011-0411). */
  async #upgrade(): Promise<boolean> {
    this.#tlsIsNext = false;
    this.#flush();
    this.machine.startTls();
    const isSecure = await this.#secure();
    if (isSecure) this.#readOn();
    return isSecure;
  }

  /** Mail filters hear of the client. The greeting, where they will not have it. */
  async #meetFilters(connections: number): Promise<Reply | undefined> {
    const milters = await SmtpdMilters.open(this, connections);
    if (this.#ended) return undefined; // the client left meanwhile
    this.state.milters = milters;
    return milters?.connected();
  }

  /** What depends on the client's address, and holds for the session. */
  async #learnAddress(): Promise<void> {
    const { service, state, machine } = this;
    const { address } = state.client;
    const label = hostLabel(state.client);
    state.mayXverp = (await service.verpClients?.match(label)) ?? false;
    state.mayXclient = (await service.xclientHosts?.match(label)) ?? false;
    state.mayXforward = (await service.xforwardHosts?.match(label)) ?? false;
    if (!service.hiddenKeywordMaps.isEmpty) {
      const own = await service.hiddenKeywordMaps.find(address);
      if (own !== undefined) state.hiddenKeywords = keywordSet(own);
    }
    const { smtpd_forbid_bare_newline: forbid } = service.settings;
    if (bareNewlineMode(forbid) !== 'no' && (await service.bareNewlineExceptions.match(address)))
      machine.allowBareNewline();
  }

  #receive(bytes: Buffer): void {
    if (this.#ended) return;
    this.#wire += bytes.length;
    this.machine.receive(bytes);
    if (this.machine.buffered > maxBuffered) this.#socket.pause();
    if (!this.#running) void this.#run();
  }

  /** Handles events until more bytes are needed. */
  async #run(): Promise<void> {
    this.#running = true;
    try {
      for (let event = this.machine.next(); event && !this.#ended; event = this.machine.next()) {
        if (event.is === 'content') this.#deadline?.progress(event.chunk.length);
        else this.#deadline?.stop();
        const done = this.#handle(event);
        if (done) await done;
        if (this.#hangingUp) {
          this.#flush();
          this.#end();
          return;
        }
        if (this.#tlsIsNext && !(await this.#upgrade())) return;
        if (this.machine.buffered <= maxBuffered && this.#socket.isPaused()) this.#socket.resume();
      }
      this.#flush();
      if (!this.#contentVerb) this.#deadline?.start();
      if (this.#draining && !this.state.transaction)
        this.#goodbye(replies.shuttingDown(this.service.settings.myhostname));
      if (this.#inputEnded) this.#lost();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#running = false;
    }
  }

  /** Something of ours is in trouble: this session ends, the client tries again later. */
  #fail(error: unknown): void {
    const { log, settings } = this.service;
    const label = clientLabel(this.state.client);
    if (error instanceof LookupError) log.warning(error.message);
    else log.error(`session with ${label}: ${(error as Error).stack ?? String(error)}`);
    this.#goodbye(reply(421, '4.3.0', `${settings.myhostname} Error: internal error`));
  }

  #inputEnd(): void {
    this.#inputEnded = true;
    if (!this.#running) this.#lost();
  }

  #handle(event: ServerEvent): Promise<void> | undefined {
    switch (event.is) {
      case 'command':
        return this.#command(event.line);
      case 'content':
        return contentChunk(this, event.chunk, event.lineEnds) ?? undefined;
      case 'content-end':
        return this.#contentEnd(event.last, event.wireBytes);
      case 'violation':
        return this.#violation(event);
      case 'line':
        return this.#authResponse(event.line, event.isTooLong);
    }
  }

  async #command(line: string): Promise<void> {
    this.#trace?.heard(escapeControls(line));
    const vetted = await vet(this, line);
    if (vetted.verb !== undefined) this.#at = vetted.verb;
    switch (vetted.is) {
      case 'answer':
        await this.#answered(vetted.verb, vetted.answer);
        return;
      case 'goodbye':
        this.#counters.count(vetted.verb, false);
        this.#goodbye(vetted.answer);
        return;
      case 'run': {
        const answer = await vetted.run(this, vetted.argument);
        if (answer?.code === 334) await this.#challenge(answer);
        else if (answer?.code === 354) {
          this.#contentVerb = vetted.verb;
          await this.#answer(answer);
        } else if (answer) await this.#answered(vetted.verb, answer);
        else this.#contentVerb = vetted.verb; // BDAT: its content follows at once
        if (this.#contentVerb) this.#deadline?.start();
      }
    }
  }

  /** AUTH goes on: the next line is the client's response. RFC 4954 section 4. */
  async #challenge(answer: Reply): Promise<void> {
    await this.#answer(answer);
    this.machine.continueWithLine(this.service.settings.smtpd_sasl_response_limit);
  }

  async #authResponse(line: string, isTooLong: boolean): Promise<void> {
    this.#trace?.heard(hiddenLine);
    const answer = await authResponse(this, line, isTooLong);
    if (answer.code === 334) await this.#challenge(answer);
    else await this.#answered('AUTH', answer);
  }

  async #contentEnd(last: boolean, wireBytes: number): Promise<void> {
    const answer = await contentEnd(this, last, wireBytes);
    const verb = this.#contentVerb;
    this.#contentVerb = undefined;
    if (last) this.#at = 'END-OF-MESSAGE';
    if (last && answer.code < 400) this.#errors = this.#junk = 0; // a message was taken
    await this.#answered(verb, answer);
  }

  async #violation({ violation, text }: Violation): Promise<void> {
    const { service, state } = this;
    const { settings, log } = service;
    if (violation === 'line-too-long') {
      const start = escapeControls(text.slice(0, 30));
      log.warning(
        `${clientLabel(state.client)}: request longer than ${settings.line_length_limit}: ${start}...`,
      );
      return;
    }
    if (state.transaction && this.#contentVerb) {
      state.transaction.bareNewline = true; // the message is refused at its end
      return;
    }
    log.info(
      eventLine(
        {
          state,
          what: 'reject',
          verb: this.#at,
          text: 'bare <LF> received',
          sender: state.transaction?.sender,
        },
        log,
      ),
    );
    await this.abortTransaction();
    this.#goodbye(
      replies.bareNewline(settings.smtpd_forbid_bare_newline_reject_code, settings.myhostname),
    );
  }

  /** Sends the answer; errors cost time, and at last the session. */
  async #answered(verb: string | undefined, answer: Reply): Promise<void> {
    const { settings, clock, log } = this.service;
    const ok = answer.code < 400 || answer === replies.recipientsFull;
    // STARTTLS counts when its handshake is over.
    if (verb !== undefined && !this.#tlsIsNext) this.#counters.count(verb, ok);
    if (!ok) this.#errors += 1;
    if (ok && (verb === undefined || limited.has(verb))) this.#junk += 1;
    if (this.#junk > settings.smtpd_junk_command_limit && settings.smtpd_junk_command_limit > 0)
      this.#errors += 1;
    if (!ok && this.#errors > settings.smtpd_soft_error_limit) {
      this.#flush();
      await clock.sleep(settings.smtpd_error_sleep_time * 1000);
    }
    await this.#answer(answer);
    if (this.#errors >= settings.smtpd_hard_error_limit && !this.#hangingUp) {
      log.info(`too many errors after ${this.#at} from ${clientLabel(this.state.client)}`);
      await this.abortTransaction();
      this.#goodbye(replies.tooManyErrors(settings.myhostname));
    }
  }

  async #answer(answer: Reply): Promise<void> {
    const { service, state } = this;
    let shown = answer;
    if (answer.code >= 400) {
      shown = service.settings.soft_bounce ? softened(answer) : answer;
      shown = await service.footer.under(shown, state.client, service.clock.now());
    }
    this.#send(this.machine.reply(shown));
    if (answer.code === 421 || answer.code === 521) this.#hangingUp = true;
  }

  #send(bytes: Uint8Array): void {
    if (this.#trace) for (const line of linesOf(String(Buffer.from(bytes)))) this.#trace.said(line);
    this.#output.push(bytes);
  }

  /** Answers to pipelined commands leave together. */
  #flush(): void {
    const [only] = this.#output;
    if (!only || this.#socket.destroyed) return;
    this.#socket.write(this.#output.length === 1 ? only : Buffer.concat(this.#output));
    this.#output = [];
  }

  #goodbye(answer: Reply): void {
    if (this.#ended) return;
    const { service, state } = this;
    const isError = answer.code >= 400;
    const soft = isError && service.settings.soft_bounce ? softened(answer) : answer;
    const shown = isError ? service.footer.fixed(soft, state.client, service.clock.now()) : soft;
    this.#send(this.machine.reply(shown));
    this.#flush();
    this.#end();
  }

  #timeout(): void {
    if (this.#ended) return;
    const { log, settings } = this.service;
    log.info(`timeout after ${this.#where()} from ${clientLabel(this.state.client)}`);
    this.#goodbye(replies.timeout(settings.myhostname));
  }

  #lost(): void {
    if (this.#ended) return;
    if (!this.#announced) {
      this.#goneEarly = true;
      return;
    }
    // A client that has sent its message may leave without a word.
    if (this.#at !== 'END-OF-MESSAGE') {
      const label = clientLabel(this.state.client);
      this.service.log.info(`lost connection after ${this.#where()} from ${label}`);
    }
    this.#end();
  }

  /** Where in the conversation: within content it is told how far it came; of DATA whole lines count. */
  #where(): string {
    const { transaction } = this.state;
    const inContent = transaction && (this.#at === 'DATA' || transaction.bdat);
    if (!inContent || transaction.recipients.length === 0) return this.#at;
    const size = transaction.bdat ? transaction.size : transaction.size - transaction.tail;
    return `${this.#at} (${size} bytes)`;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#deadline?.cancel();
    const { log, anvil, service } = this.service;
    if (this.#contentVerb) this.#counters.count(this.#contentVerb, false);
    void this.abortTransaction();
    this.state.milters?.end();
    this.state.exchange?.abort();
    log.info(`disconnect from ${clientLabel(this.state.client)}${this.#counters.summary()}`);
    if (this.#counted) anvil.disconnect(service, this.state.client.address);
    this.#onEnd();
    this.#socket.removeAllListeners('data');
    if (this.#isOver()) {
      this.#socket.destroy();
      return;
    }
    this.#socket.setTimeout(lingerMs, () => this.#socket.destroy());
    this.#socket.resume(); // what still comes is thrown away, so that our last words arrive
    this.#socket.end();
  }

  /** Whether the client said QUIT and has our answer: nothing can come any more, and nothing waits. */
  #isOver(): boolean {
    const socket = this.#socket;
    return (
      this.#at === 'QUIT' &&
      this.machine.buffered === 0 &&
      socket.writableLength === 0 &&
      !('encrypted' in socket) // TLS says goodbye, too
    );
  }
}

type Violation = Extract<ServerEvent, { is: 'violation' }>;

/** Commands that do no work; too many of them count as errors. */
const limited = new Set(['NOOP', 'VRFY', 'ETRN', 'RSET']);

/** Undefined: none. */
function certificateTrouble({ certificate, trusted }: SessionTls): string | undefined {
  if (!certificate) return 'No client certificate presented';
  return trusted ? undefined : 'Client certificate not trusted';
}

function bareNewlineMode(value: string): 'no' | 'normalize' | 'reject' {
  const word = splitList(value.toLowerCase())[0] ?? 'no';
  if (word === 'reject') return 'reject';
  return word === 'no' ? 'no' : 'normalize';
}

/** IPv4 that came by an IPv6 socket is IPv4 still. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}
