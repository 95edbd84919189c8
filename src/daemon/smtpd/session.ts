/**
 * smtpd/session - one client's connection from greeting to goodbye.
 *
 * Invariants: commands are answered in order, one at a time; what the peer sends ahead is bounded; whatever goes
 * wrong here ends this session only. Postfix: smtpd.c.
 */
import type { Socket } from 'node:net';
import { type Reply, reply } from '../../lib/protocol/smtp/reply.js';
import { createServerMachine } from '../../lib/protocol/smtp/server.js';
import type { ServerEvent, ServerMachine } from '../../lib/protocol/smtp/server-machine.js';
import { LookupError } from '../../lib/map/match-list.js';
import { splitList } from '../../lib/util/list.js';
import { authResponse } from './command/auth.js';
import { commands } from './command/commands.js';
import { contentChunk, contentEnd } from './command/content.js';
import type { SessionControl } from './control.js';
import { CommandCounters } from './counters.js';
import { replies } from './replies.js';
import { decide } from './decide.js';
import type { Service } from './service.js';
import { type Client, clientLabel, noActions, type SessionState } from './state.js';

const maxBuffered = 256 * 1024; // unread input at which we stop reading
const lingerMs = 5000;

export class Session implements SessionControl {
  readonly service: Service;
  readonly state: SessionState;
  readonly machine: ServerMachine;
  readonly #socket: Socket;
  readonly #counters = new CommandCounters();
  readonly #onEnd: () => void;
  #output: Uint8Array[] = [];
  #running = false;
  #ended = false;
  #hangingUp = false;
  #draining = false;
  #errors = 0;
  #junk = 0;
  #lastVerb = 'CONNECT';
  #counted = false;
  /** The connect line is written. */
  #announced = false;
  /** The client left while its name was looked up. */
  #goneEarly = false;
  /** The client will send no more; what it sent before is answered still. */
  #inputEnded = false;
  #wire = 0;

  constructor(service: Service, socket: Socket, onEnd: () => void) {
    const { settings } = service;
    this.service = service;
    this.#socket = socket;
    this.#onEnd = onEnd;
    const address = plainAddress(socket.remoteAddress);
    const client: Client = {
      name: 'unknown',
      reverseName: 'unknown',
      nameStatus: 5,
      reverseStatus: 5,
      address,
      port: socket.remotePort ?? 0,
      serverAddress: plainAddress(socket.localAddress),
      serverPort: socket.localPort ?? 0,
    };
    this.state = {
      client,
      helo: '',
      isEsmtp: false,
      tls: undefined,
      login: undefined,
      exchange: undefined,
      transaction: undefined,
      deferIfPermit: undefined,
      bdatBroken: false,
      sessionActions: noActions(),
    };
    this.machine = createServerMachine({
      maxLine: settings.line_length_limit,
      bareNewline: bareNewlineMode(settings.smtpd_forbid_bare_newline),
    });
    socket.setTimeout(settings.smtpd_timeout * 1000);
    socket.on('timeout', () => this.#timeout());
    socket.on('error', () => this.#lost());
    socket.on('end', () => this.#inputEnd());
    socket.on('close', () => this.#lost());
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

  async abortTransaction(): Promise<void> {
    const { transaction } = this.state;
    this.state.transaction = undefined;
    this.state.bdatBroken = false;
    await transaction?.cleanup?.abort();
  }

  async #greet(): Promise<void> {
    const { service, state } = this;
    const { settings, log, anvil } = service;
    this.#running = true;
    Object.assign(state.client, await service.names.of(state.client.address));
    log.info(`connect from ${clientLabel(state.client)}`);
    this.#announced = true;
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
    const refused = settings.smtpd_delay_reject
      ? undefined
      : await decide(this, { stage: 'client', list: 'smtpd_client_restrictions' });
    const text = settings.smtpd_banner.replace(/[\r\n]/g, ' ');
    const banner = refused ?? reply(220, '', text);
    this.#send(this.machine.reply(banner));
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
    else this.#socket.on('data', (bytes: Buffer) => this.#receive(bytes));
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
        const done = this.#handle(event);
        if (done) await done;
        if (this.#hangingUp) {
          this.#flush();
          this.#end();
          return;
        }
        if (this.machine.buffered <= maxBuffered && this.#socket.isPaused()) this.#socket.resume();
      }
      this.#flush();
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
        return this.#command(event.verb, event.argument, event.line);
      case 'content':
        return contentChunk(this, event.chunk) ?? undefined;
      case 'content-end':
        return this.#contentEnd(event.last, event.wireBytes);
      case 'violation':
        return this.#violation(event.violation);
      case 'line':
        return this.#authResponse(event.line, event.isTooLong);
    }
  }

  async #command(verb: string, argument: string, line: string): Promise<void> {
    const { settings, log } = this.service;
    const label = clientLabel(this.state.client);
    this.#lastVerb = verb === '' ? 'UNKNOWN' : verb;
    if (verb === '') {
      await this.#answered('UNKNOWN', replies.badSyntax);
      return;
    }

    if (/[\x00-\x08\x0b-\x1f\x7f]/.test(line)) {
      await this.#answered('UNKNOWN', replies.controls);
      return;
    }
    if (
      this.service.forbiddenCommands.has(verb) ||
      (settings.smtpd_forbidden_commands !== '' && /^(GET|POST|CONNECT)$/.test(verb))
    ) {
      log.warning(`non-SMTP command from ${label}: ${line.slice(0, 100)}`);
      this.#counters.count('UNKNOWN', false);
      this.#goodbye(replies.rulesBroken);
      return;
    }
    const run = this.service.noopCommands.has(verb) ? commands['NOOP'] : commands[verb];
    if (!run) {
      // A header line where a command should be: someone tries to have mail sent by another protocol.
      if (/^[\x21-\x39\x3b-\x7e]+:/.test(line) && !/^(MAIL|RCPT)/i.test(line)) {
        log.warning(`non-SMTP command from ${label}: ${line.slice(0, 100)}`);
        this.#counters.count('UNKNOWN', false);
        this.#goodbye(replies.rulesBroken);
        return;
      }
      await this.#answered('UNKNOWN', replies.unknownCommand);
      return;
    }
    if (
      endsGroup.has(verb) &&
      this.machine.buffered > 0 &&
      settings.smtpd_forbid_unauth_pipelining &&
      !this.state.isEsmtp &&
      verb !== 'QUIT'
    ) {
      log.info(`improper command pipelining after ${verb} from ${label}: ${line.slice(0, 100)}`);
      this.#counters.count(verb, false);
      this.#goodbye(replies.pipelining);
      return;
    }
    const answer = await run(this, argument);
    if (answer?.code === 334) this.#challenge(answer);
    else if (answer) await this.#answered(verb, answer);
    else this.#counters.count(verb, true); // its content follows
  }

  /** AUTH goes on: the next line is the client's response. RFC 4954 section 4. */
  #challenge(answer: Reply): void {
    this.#answer(answer);
    this.machine.continueWithLine(this.service.settings.smtpd_sasl_response_limit);
  }

  async #authResponse(line: string, isTooLong: boolean): Promise<void> {
    const answer = await authResponse(this, line, isTooLong);
    if (answer.code === 334) this.#challenge(answer);
    else await this.#answered('AUTH', answer);
  }

  async #contentEnd(last: boolean, wireBytes: number): Promise<void> {
    const answer = await contentEnd(this, last, wireBytes);
    // DATA and BDAT were counted when they began; what failed after that is taken back by the error count.
    await this.#answered(undefined, answer);
  }

  async #violation(
    violation: Extract<ServerEvent, { is: 'violation' }>['violation'],
  ): Promise<void> {
    const { settings, log, bareNewlineExceptions } = this.service;
    if (violation !== 'bare-newline' || settings.smtpd_forbid_bare_newline !== 'reject') return;
    if (await bareNewlineExceptions.match(this.state.client.address)) return;
    log.info(`reject: bare <LF> received from ${clientLabel(this.state.client)}`);
    await this.abortTransaction();
    this.#goodbye(
      reply(
        settings.smtpd_forbid_bare_newline_reject_code,
        '5.5.2',
        `${settings.myhostname} Error: bare <LF> received`,
      ),
    );
  }

  /** Sends the answer; errors cost time, and at last the session. */
  async #answered(verb: string | undefined, answer: Reply): Promise<void> {
    const { settings, clock, log } = this.service;
    const ok = answer.code < 400;
    if (verb !== undefined) this.#counters.count(verb, ok);
    if (!ok) this.#errors += 1;
    if (ok && (verb === 'NOOP' || verb === 'VRFY' || verb === 'ETRN' || verb === 'RSET'))
      this.#junk += 1;
    if (verb === undefined && ok) this.#errors = this.#junk = 0; // a message was delivered
    if (this.#junk > settings.smtpd_junk_command_limit && settings.smtpd_junk_command_limit > 0)
      this.#errors += 1;
    if (!ok && this.#errors > settings.smtpd_soft_error_limit) {
      this.#flush();
      await clock.sleep(settings.smtpd_error_sleep_time * 1000);
    }
    this.#answer(answer);
    if (this.#errors >= settings.smtpd_hard_error_limit && !this.#hangingUp) {
      log.info(`too many errors after ${this.#lastVerb} from ${clientLabel(this.state.client)}`);
      await this.abortTransaction();
      this.#goodbye(replies.tooManyErrors(settings.myhostname));
    }
  }

  #answer(answer: Reply): void {
    this.#send(this.machine.reply(answer));
    if (answer.code === 421 || answer.code === 521) this.#hangingUp = true;
  }

  #send(bytes: Uint8Array): void {
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
    this.#send(this.machine.reply(answer));
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
    this.service.log.info(
      `lost connection after ${this.#where()} from ${clientLabel(this.state.client)}`,
    );
    this.#end();
  }

  /** Where in the conversation: within content it is told how far it came. */
  #where(): string {
    const { transaction } = this.state;
    const inContent =
      transaction &&
      (this.#lastVerb === 'DATA' || transaction.bdat) &&
      transaction.recipients.length > 0;
    return inContent ? `${this.#lastVerb} (${transaction.size} bytes)` : this.#lastVerb;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const { log, anvil, service } = this.service;
    void this.abortTransaction();
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
      this.#lastVerb === 'QUIT' &&
      this.machine.buffered === 0 &&
      socket.writableLength === 0 &&
      !('encrypted' in socket) // TLS says goodbye, too
    );
  }
}

// RFC 2920 section 3.1: commands that must be the last of a group.
const endsGroup = new Set(['HELO', 'EHLO', 'DATA', 'VRFY', 'NOOP', 'QUIT', 'STARTTLS']);

function bareNewlineMode(value: string): 'no' | 'normalize' | 'reject' {
  const word = splitList(value.toLowerCase())[0] ?? 'no';
  if (word === 'reject') return 'reject';
  return word === 'no' ? 'no' : 'normalize';
}

/** IPv4 that came by an IPv6 socket is IPv4 still. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}
