/**
 * smtpd/vet - what is looked at before a command runs: its bytes, filters, forbidden words, commands sent ahead.
 *
 * In Postfix's order. Postfix: smtpd.c smtpd_proto().
 */
import { isUtf8 } from 'node:buffer';
import { LookupError } from '../../lib/map/match-list.js';
import type { Reply } from '../../lib/protocol/smtp/reply.js';
import { parseCommand } from '../../lib/protocol/smtp/server.js';
import type { Command } from './command/command.js';
import { commands } from './command/commands.js';
import type { SessionControl } from './control.js';
import { escapeControls } from './escape.js';
import { replies } from './replies.js';
import { clientLabel } from './state.js';

export type Vetted =
  | {
      readonly is: 'run';
      readonly run: Command;
      readonly verb: string;
      readonly argument: string;
    }
  /** Answered without the command; `verb`: it counts as one, undefined: as none. */
  | { readonly is: 'answer'; readonly verb: string | undefined; readonly answer: Reply }
  /** Answered, and hung up. */
  | { readonly is: 'goodbye'; readonly verb: string; readonly answer: Reply };

const maxShown = 100; // of what a client sent, in the log

export async function vet(session: SessionControl, received: string): Promise<Vetted> {
  const { service, state } = session;
  const { settings, log } = service;
  const label = clientLabel(state.client);
  const line = service.commandFilter ? await filtered(session, received) : received;
  const { verb, argument } = parseCommand(line);
  if (verb === '') return uncounted(replies.badSyntax);
  // What stands behind a NUL or a bare CR is read differently by different programs.
  if (/[\0\r]/.test(line)) return { is: 'answer', verb: 'UNKNOWN', answer: replies.controls };
  if (settings.smtputf8_enable && /[\x80-\xff]/.test(line) && !isUtf8(Buffer.from(line, 'latin1')))
    return uncounted(replies.badUtf8);
  if (service.noopCommands && (await service.noopCommands.match(verb)))
    return uncounted(replies.ok);

  const run = Object.hasOwn(commands, verb) ? commands[verb] : undefined;
  if (!run && (isHeader(line) || (await service.forbiddenCommands?.match(verb)))) {
    log.warning(`non-SMTP command from ${label}: ${escapeControls(line.slice(0, maxShown))}`);
    return { is: 'goodbye', verb: 'UNKNOWN', answer: replies.rulesBroken };
  }
  const counted = run ? verb : 'UNKNOWN';
  if (state.accessDenied && verb !== 'QUIT')
    return { is: 'answer', verb: counted, answer: replies.accessDenied(label) };
  if (!run) {
    const answer = (await state.milters?.unknown(verb)) ?? replies.unknownCommand;
    return { is: 'answer', verb: counted, answer };
  }
  if (service.tls.settings.level === 'encrypt' && !state.tls && !beforeTls.has(verb))
    return { is: 'answer', verb, answer: replies.needTls };
  if (isAhead(session, verb) && settings.smtpd_forbid_unauth_pipelining)
    return { is: 'goodbye', verb, answer: replies.pipelining };
  const standing = asksFilters.has(verb) ? state.milters?.standing() : undefined;
  return standing ? { is: 'answer', verb, answer: standing } : { is: 'run', run, verb, argument };
}

/** Commands that a filter's refusal of the client answers, though filters do not hear of them. */
const asksFilters = new Set(['VRFY', 'ETRN', 'AUTH', 'STARTTLS']);

const uncounted = (answer: Reply): Vetted => ({ is: 'answer', verb: undefined, answer });

// A header line where a command should be: someone tries to have mail sent by another protocol.
const isHeader = (line: string): boolean => /^[\x21-\x39\x3b-\x7e]+:/.test(line);

// RFC 2920 section 3.1: commands that must be the last of a group.
const endsGroup = new Set(['HELO', 'EHLO', 'DATA', 'VRFY', 'NOOP', 'AUTH', 'STARTTLS']);

// Taken in the clear where TLS is mandatory.
const beforeTls = new Set(['HELO', 'EHLO', 'STARTTLS', 'NOOP', 'QUIT', 'XCLIENT']);

/** More has come behind a command where the client may not send ahead; logged once a session. */
function isAhead({ machine, service, state }: SessionControl, verb: string): boolean {
  if (machine.buffered === 0 || verb === 'QUIT') return false;
  const mayPipeline = state.isEsmtp && !state.hiddenKeywords.has('PIPELINING');
  if (mayPipeline && !endsGroup.has(verb)) return false;
  if (!state.illegalPipelining) {
    const early = escapeControls(machine.peek(maxShown));
    service.log.info(
      `improper command pipelining after ${verb} from ${clientLabel(state.client)}: ${early}`,
    );
  }
  state.illegalPipelining = true;
  return true;
}

/** smtpd_command_filter. @throws {LookupError} */
async function filtered({ service, state }: SessionControl, line: string): Promise<string> {
  const { commandFilter, log } = service;
  const key = line.trim();
  const found = await commandFilter?.lookup(key);
  if (!found || found.is === 'not-found') return line;
  if (found.is === 'error')
    throw new LookupError(`table ${commandFilter?.name ?? ''}: ${found.reason}`);
  const show = (text: string): string => escapeControls(text.slice(0, maxShown));
  log.info(
    `${clientLabel(state.client)}: replacing command "${show(key)}" with "${show(found.value)}"`,
  );
  return found.value;
}
