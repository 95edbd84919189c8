/**
 * milter/change - applies one change that a filter asks for.
 *
 * A header text from a filter may be folded, but it can neither end the header nor begin another field. Postfix:
 * cleanup_milter.c, cleanup_out_header.
 */
import type { FilteredMessage, MilterVerdict } from '../ipc/conversation/milters.js';
import { option } from '../protocol/milter/numbers.js';
import { MilterProtocolError } from '../protocol/milter/protocol-error.js';
import type { Change } from '../protocol/milter/response.js';

interface Asker {
  wants(bit: number): boolean;
}

const maxIndex = 0x7fff_ffff;

/** @throws {MilterProtocolError} a change that cannot be meant */
export async function applyChange(
  change: Change,
  message: FilteredMessage,
  filter: Asker,
): Promise<MilterVerdict | undefined> {
  switch (change.is) {
    case 'add-header':
      return message.addHeader(fieldText(change.name, change.value, filter));
    case 'insert-header':
      if (change.index > maxIndex)
        throw new MilterProtocolError(`bad insert header index: ${change.index}`);
      return message.insertHeader(change.index, fieldText(change.name, change.value, filter));
    case 'change-header': {
      const { index, name, value } = change;
      if (index > maxIndex) throw new MilterProtocolError(`bad change header index: ${index}`);
      const text = value === '' ? undefined : fieldText(name, value, filter);
      return message.changeHeader(Math.max(1, index), checkedName(name), text);
    }
    case 'replace-body':
      await message.replaceBody(change.chunk);
      return undefined;
    case 'change-sender':
      message.changeSender(change.address, change.parameters);
      return undefined;
    case 'add-recipient':
      await message.addRecipient(change.address, change.parameters);
      return undefined;
    case 'delete-recipient':
      message.deleteRecipient(change.address);
      return undefined;
  }
}

/** The field as it stands in the message, without its last line end. */
export function fieldText(name: string, value: string, filter: Asker): string {
  const space = filter.wants(option.leadingSpace) ? '' : ' ';
  // A line of a folded field begins with a blank; what does not gets one, or it would be a field of its own.
  const folded = value
    .replace(/\r\n/g, '\n')
    .replace(/(?<!\n)\n+$/, '')
    .replace(/\r/g, ' ')
    .replace(/\n(?![ \t])/g, '\n\t');
  return `${checkedName(name)}:${space}${folded}`;
}

function checkedName(name: string): string {
  // RFC 5322 section 2.2
  if (!/^[\x21-\x39\x3b-\x7e]+$/.test(name))
    throw new MilterProtocolError(`bad header name: ${JSON.stringify(name)}`);
  return name;
}
