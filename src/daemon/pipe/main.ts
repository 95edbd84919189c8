/**
 * NAME
 *   pipe - delivery to a command
 *
 * DESCRIPTION
 *   The line of master.cf names the command and the user that runs it:
 *
 *     maildrop unix - n n - - pipe flags=DRXhu user=vmail argv=/usr/bin/maildrop -d ${recipient}
 *
 *   The command gets the message on its standard input. Its exit status says what becomes of the mail (sysexits.h);
 *   what it writes goes to the log and, after a failure, to the sender. It has a time limit (NAME_time_limit), the
 *   rights of user= and nothing else; no shell is involved.
 *
 * SEE ALSO
 *   local(8), virtual(8), spawn(8), master(5)
 */
import { commandEnvironment } from '../../lib/agent/command-environment.js';
import { type CommandResult, commandResult } from '../../lib/agent/command-status.js';
import { deliveredTo } from '../../lib/agent/loop.js';
import { logDelivery } from '../../lib/agent/outcome.js';
import type { MasterService } from '../../lib/config/master-cf.js';
import type { Settings } from '../../lib/config/settings.js';
import type {
  CommandOutcome,
  UserContext,
  UserWorkers,
} from '../../lib/ipc/conversation/mailbox.js';
import type { Delivery, DeliveryAgent, DeliveryRequest } from '../../lib/ipc/delivery.js';
import type { Log } from '../../lib/log/log.js';
import type { Clock } from '../../lib/sys/clock.js';
import { AttributeError, parseAttributes, type PipeAttributes } from './attributes.js';
import { expandArguments, MacroError } from './macros.js';
import { pipeMessage } from './message.js';
import { contextOf } from './rights.js';

export interface PipeParts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  readonly users: UserWorkers;
  readonly service: Pick<MasterService, 'name' | 'args' | 'origin'>;
}

const outcomeOf = (action: Delivery['action'], dsn: string, text: string): CommandResult => ({
  action,
  dsn,
  text,
});

// What the sender is told; the log says which line of master.cf is to be mended.
const misconfigured = outcomeOf('deferred', '4.3.5', 'mail system configuration error');

export function createPipeAgent(parts: PipeParts): DeliveryAgent {
  return new PipeAgent(parts);
}

class PipeAgent implements DeliveryAgent {
  readonly #parts: PipeParts;
  /** Undefined: the line of master.cf is wrong; each delivery says so, for it is read once. */
  readonly #attributes: PipeAttributes | string;

  constructor(parts: PipeParts) {
    this.#parts = parts;
    this.#attributes = readAttributes(parts);
  }

  async deliver(request: DeliveryRequest): ReturnType<DeliveryAgent['deliver']> {
    const { log, clock, service } = this.#parts;
    let outcome: CommandResult;
    try {
      outcome = await this.#run(request);
    } catch (error) {
      log.warning(`${request.queueId}: ${(error as Error).message}`);
      outcome = outcomeOf('deferred', '4.3.0', 'temporary failure');
    }
    const isFinal = typeof this.#attributes !== 'string' && this.#attributes.flags.has('X');
    const results = new Map<number, Delivery>();
    for (const recipient of request.recipients) {
      const delivery: Delivery = {
        ...outcome,
        relay: service.name,
        time: clock.now(),
        dsnAction: isFinal ? 'delivered' : 'relayed',
      };
      logDelivery(log, request, recipient, delivery);
      results.set(recipient.index, delivery);
    }
    return { results };
  }

  probe(request: DeliveryRequest): ReturnType<DeliveryAgent['deliver']> {
    return this.deliver(request);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** @throws the helper is not to be had */
  async #run(request: DeliveryRequest): Promise<CommandResult> {
    const { log, service, settings, users } = this.#parts;
    const attributes = this.#attributes;
    const wrong = (text: string): CommandResult => {
      log.fatal(`${service.origin}: ${text}`);
      return misconfigured;
    };
    if (typeof attributes === 'string') return wrong(attributes);
    const refused = await this.#refused(attributes, request);
    if (refused) return refused;
    if (request.probe)
      return outcomeOf('sent', '2.0.0', `delivers to command: ${attributes.argv[0] ?? ''}`);
    let context: UserContext;
    let argv: string[];
    try {
      context = contextOf(attributes, settings);
      argv = expandArguments(attributes, request, settings.recipient_delimiter);
    } catch (error) {
      if (error instanceof AttributeError) return wrong(error.message);
      if (!(error instanceof MacroError)) throw error;
      log.warning(error.message);
      return misconfigured;
    }
    const worker = await users.for(context);
    const command = {
      argv,
      environment: commandEnvironment(settings),
      directory: attributes.directory ?? settings.queue_directory,
      mustExist: attributes.directory !== undefined,
      timeoutMs: settings.source.timeLimit(service.name) * 1000,
      fileSizeLimit: 0,
    };
    const message = pipeMessage(request, attributes, this.#parts.clock.now());
    return this.#result(await worker.command(command, message), argv[0] ?? '');
  }

  #result(outcome: CommandOutcome, command: string): CommandResult {
    const { log, service } = this.#parts;
    const child = 'pipe_command: ';
    if (outcome.is === 'failed') log.fatal(`${outcome.isStarted ? child : ''}${outcome.text}`);
    if (outcome.is === 'timeout') log.warning('pipe_command_read: read time limit exceeded');
    const delivered = `delivered via ${service.name} service`;
    return commandResult(outcome, command, {
      delivered: (output) => (output.trim() === '' ? delivered : `${delivered} (${output.trim()})`),
      fatal: (text) => `pipe: fatal: ${child}${text}`,
    });
  }

  async #refused(
    { flags, sizeLimit }: PipeAttributes,
    request: DeliveryRequest,
  ): Promise<CommandResult | undefined> {
    const { log, service } = this.#parts;
    const { recipients, size } = request;
    for (const flag of ['D', 'O'] as const) {
      if (!flags.has(flag) || recipients.length === 1) continue;
      const setting = `${service.name}_destination_recipient_limit = 1`;
      log.warning(`pipe flag \`${flag}' requires ${setting}`);
      return misconfigured;
    }
    if (sizeLimit > 0 && size > sizeLimit)
      return outcomeOf('bounced', '5.2.3', 'message too large');
    const [recipient] = recipients;
    if (!flags.has('D') || !recipient) return undefined;
    const visited = await deliveredTo(request);
    return visited.has(recipient.address.toLowerCase())
      ? outcomeOf('bounced', '5.4.6', `mail forwarding loop for ${recipient.address}`)
      : undefined;
  }
}

/** A text: why the line cannot be used. */
function readAttributes({ service, log }: PipeParts): PipeAttributes | string {
  try {
    const attributes = parseAttributes(service.args);
    if (attributes.chroot !== undefined)
      log.warning(
        `${service.origin}: chroot=${attributes.chroot} is ignored: the command runs as its user in the whole file system`,
      );
    return attributes;
  } catch (error) {
    if (!(error instanceof AttributeError)) throw error;
    return error.message;
  }
}
