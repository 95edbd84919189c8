/**
 * milter/send-message - a message to one filter: header fields, end of header, body in pieces, end.
 *
 * What the filter does not want is not sent. A decision before the end is final: the rest is not sent.
 */
import type { FilteredMessage, MilterVerdict } from '../ipc/conversation/milters.js';
import { bodyEvent, textEvent } from '../protocol/milter/event.js';
import { chunkSize, option } from '../protocol/milter/numbers.js';
import { CrlfChunks } from '../protocol/milter/crlf-chunks.js';
import type { FilterTalk, MacroPairs } from './talk.js';

export async function sendMessage(
  filter: FilterTalk,
  message: FilteredMessage,
  macros: MacroPairs,
): Promise<MilterVerdict | undefined> {
  const isOver = (verdict: MilterVerdict | undefined): boolean =>
    verdict !== undefined || !filter.isListening;

  if (!filter.wants(option.noHeader)) {
    const before = filter.macros('header', macros);
    for (const { label, value } of message.fields()) {
      const shown = filter.wants(option.leadingSpace) ? value : value.replace(/^ /, '');
      const event = textEvent('header', label, shown);
      const verdict = await filter.exchange('header', event, before, undefined);
      if (isOver(verdict)) return verdict;
    }
  }
  if (!filter.wants(option.noEndOfHeader)) {
    const before = filter.macros('endOfHeader', macros);
    const verdict = await filter.exchange(
      'endOfHeader',
      textEvent('endOfHeader'),
      before,
      undefined,
    );
    if (isOver(verdict)) return verdict;
  }
  if (!filter.wants(option.noBody)) {
    const verdict = await sendBody(filter, message, macros);
    if (isOver(verdict)) return verdict;
  }
  const before = filter.macros('endOfBody', macros);
  const nothing = new Uint8Array(0);
  const end = bodyEvent('endOfBody', nothing);
  const verdict = await filter.exchange('endOfBody', end, before, message);
  await message.endBody(!filter.isOver);
  return verdict;
}

async function sendBody(
  filter: FilterTalk,
  message: FilteredMessage,
  macros: MacroPairs,
): Promise<MilterVerdict | undefined> {
  const before = filter.macros('body', macros);
  const chunks = new CrlfChunks(chunkSize);
  const send = (chunk: Uint8Array): Promise<MilterVerdict | undefined> =>
    filter.exchange('body', bodyEvent('body', chunk), before, undefined);
  for await (const bytes of message.body()) {
    for (const chunk of chunks.push(bytes)) {
      const verdict = await send(chunk);
      if (verdict !== undefined || !filter.isListening || filter.skipsBody) return verdict;
    }
  }
  const last = chunks.end();
  return last.length === 0 ? undefined : send(last);
}
