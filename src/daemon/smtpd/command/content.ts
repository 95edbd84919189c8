/** command/content - DATA and BDAT: the message itself. RFC 5321 section 4.1.1.4, RFC 3030. */
import type { Reply } from '../../../lib/protocol/smtp/reply.js';
import { logFiltered } from '../before-queue/log.js';
import { decide, onlyRecipient } from '../decide.js';
import { chunkTaken, discarded, queuedAs, replies } from '../replies.js';
import type { SessionControl } from '../control.js';
import { eventLine } from '../event-line.js';
import { tellDecisions } from '../message.js';
import { clientLabel, type Transaction } from '../state.js';
import type { Command } from './command.js';
import { offers } from './hello.js';

export const data: Command = async (session, argument) => {
  const { state } = session;
  const { transaction } = state;
  if (state.bdatBroken || transaction?.bdat) return replies.dataAfterBdat;
  if (!transaction) return replies.needRcpt;
  if (transaction.recipients.length === 0) return replies.noValidRecipients;
  if (argument.trim() !== '') return replies.dataSyntax;
  return (await atDataStart(session)) ?? replies.startData;
};

/** The refusal of the restrictions, or of a mail filter. */
async function atDataStart(session: SessionControl): Promise<Reply | undefined> {
  const refused = await decide(session, {
    stage: 'data',
    list: 'smtpd_data_restrictions',
    ...alone(session),
  });
  const { milters, transaction } = session.state;
  if (!refused && transaction) tellDecisions(transaction);
  return refused ?? (await milters?.data()) ?? transaction?.filter?.data();
}

function alone(session: SessionControl): { readonly recipient?: string } {
  const recipient = onlyRecipient(session);
  return recipient === undefined ? {} : { recipient };
}

const maxChunk = 2 ** 31;

export const bdat: Command = async (session, argument) => {
  const { service, state, machine } = session;
  if (!offers(session, 'CHUNKING')) {
    // The chunk is on its way: its bytes must not be read as commands.
    session.hangUp();
    return replies.bdatNotImplemented;
  }
  const match = /^(\d{1,10})(?:\s+(LAST))?$/i.exec(argument.trim());
  const size = Number(match?.[1] ?? NaN);
  if (!match || size > maxChunk) {
    const id = state.transaction?.cleanup?.queueId ?? 'NOQUEUE';
    service.log.warning(
      `${id}: malformed BDAT command syntax from ${clientLabel(state.client)}: ${`BDAT ${argument.slice(0, 100)}`.trim()}`,
    );
    session.hangUp();
    return replies.bdatSyntax;
  }
  const last = match[2] !== undefined;
  if (size === 0 && !last) {
    service.log.warning(
      `${state.transaction?.cleanup?.queueId ?? 'NOQUEUE'}: null BDAT request from ${clientLabel(state.client)}`,
    );
    state.bdatBroken = true;
    return replies.nullBdat;
  }
  const refused = refuseChunk(session);
  const { transaction } = state;
  if (refused || !transaction) {
    state.bdatBroken = !last;
    if (last) await session.abortTransaction();
    machine.skipChunk(size);
    // RFC 3030 section 2: the chunk is read and dropped all the same.
    return !refused || refused.code === 551 ? discarded(size) : refused;
  }
  if (!transaction.bdat) {
    const denied = await atDataStart(session);
    if (denied) {
      machine.skipChunk(size);
      return denied;
    }
  }
  const { message_size_limit: limit } = service.settings;
  if (limit > 0 && transaction.size + size > limit) {
    const id = transaction.cleanup?.queueId ?? 'NOQUEUE';
    service.log.warning(
      `${id}: BDAT request from ${clientLabel(state.client)} exceeds message size limit`,
    );
    await session.abortTransaction();
    state.bdatBroken = !last;
    machine.skipChunk(size);
    return replies.chunkTooBig;
  }
  transaction.bdat = true;
  machine.startChunk(size, last);
  return undefined;
};

function refuseChunk({ state }: SessionControl): Reply | undefined {
  const { transaction } = state;
  if (state.bdatBroken) return discarded(0);
  if (!transaction) return replies.needRcpt;
  return transaction.recipients.length === 0 ? replies.noValidRecipients : undefined;
}

/** Content goes straight to cleanup; above the size limit it is read and dropped. */
export function contentChunk(
  session: SessionControl,
  chunk: Uint8Array,
  lineEnds: number,
): void | Promise<void> {
  const { transaction } = session.state;
  const sink = transaction?.filter ?? transaction?.cleanup;
  if (!transaction || !sink) return undefined;
  const wasTooBig = isTooBig(session, transaction);
  transaction.size += chunk.length + lineEnds;
  transaction.tail =
    lineEnds === 0 ? transaction.tail + chunk.length : chunk.length - 1 - chunk.lastIndexOf(LF);
  if (wasTooBig) return undefined;
  if (isTooBig(session, transaction))
    session.service.log.warning(
      `${transaction.cleanup?.queueId ?? 'NOQUEUE'}: queue file size limit exceeded`,
    );
  // The piece that goes beyond is given, too: its header tells the log whose message was refused.
  return sink.content(chunk);
}

const LF = 0x0a;

function isTooBig({ service }: SessionControl, { size }: Transaction): boolean {
  const { message_size_limit: limit } = service.settings;
  return limit > 0 && size > limit;
}

/** All of DATA, or of one BDAT chunk, has come. */
export async function contentEnd(
  session: SessionControl,
  last: boolean,
  wireBytes: number,
): Promise<Reply> {
  const { state, service } = session;
  const { transaction } = state;
  const { cleanup, filter } = transaction ?? {};
  if (!transaction || !(cleanup ?? filter)) return replies.serverError;
  if (!last) return chunkTaken(wireBytes);
  if (transaction.bareNewline) {
    const { settings } = service;
    const verb = 'END-OF-MESSAGE';
    const { sender } = transaction;
    const text = 'bare <LF> received';
    const recipient = onlyRecipient(session);
    service.log.info(
      eventLine({ state, what: 'reject', verb, text, sender, recipient }, service.log),
    );
    await session.abortTransaction();
    return replies.bareNewline(settings.smtpd_forbid_bare_newline_reject_code, settings.myhostname);
  }
  if (isTooBig(session, transaction)) {
    await session.abortTransaction();
    return replies.fileTooBig;
  }
  const refused = await decide(session, {
    stage: 'end-of-message',
    list: 'smtpd_end_of_data_restrictions',
    ...alone(session),
  });
  if (refused) {
    await session.abortTransaction();
    return refused;
  }
  if (state.transaction !== transaction) return replies.serverError; // the client left meanwhile
  if (filter) {
    const answer = await filter.finish();
    logFiltered(session, answer);
    state.transaction = undefined;
    return answer;
  }
  if (!cleanup) return replies.serverError;
  tellDecisions(transaction);
  state.transaction = undefined;
  const result = await cleanup.finish();
  state.milters?.session.abort();
  if (result.is !== 'queued' && result.reply) return result.reply;
  // An unfinished last line of BDAT is given its end.
  const size = transaction.size + (transaction.tail > 0 ? 2 : 0);
  if (result.is === 'queued') return queuedAs(result.queueId, transaction.bdat ? size : undefined);
  const text = result.code === 452 ? result.text : `Error: ${result.text}`;
  return { code: result.code, enhanced: result.enhanced, lines: [text] };
}
