/** target/milter - what mail filters answer: packets in pieces, negotiation, replies, changes of the message. */
import { fieldText } from '../../../lib/milter/change.js';
import { decodeAgreement, parseProtocol } from '../../../lib/protocol/milter/negotiation.js';
import { PacketReader, type Packet } from '../../../lib/protocol/milter/packet.js';
import { MilterProtocolError } from '../../../lib/protocol/milter/protocol-error.js';
import { parseReplyText } from '../../../lib/protocol/milter/reply-text.js';
import { decodeResponse, type Response } from '../../../lib/protocol/milter/response.js';
import { replyText } from '../../../lib/protocol/smtp/reply.js';
import { Choices, pieces } from '../choices.js';
import {
  declared,
  type FuzzTarget,
  must,
  mustBeOneLine,
  mustBeUnpolluted,
  mustEqual,
} from '../target.js';

function packed(letter: string, data: string): string {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(data.length + 1, 0);
  bytes.write(letter, 4, 'latin1');
  return bytes.toString('latin1') + data;
}

export const milter: FuzzTarget = {
  name: 'milter',
  isBinary: true,
  seeds: [
    `\x03${packed('O', '\0\0\0\x06\0\0\x01\xff\0\0\0\0\0\0\0\0i {x}\0')}`,
    `\x05${packed('y', '550 5.7.1 no %% way\r\n550-5.7.1 more')}${packed('c', '')}`,
    `\x01${packed('h', 'X-A\0b\r\n c\0')}${packed('m', '\0\0\0\x01Subject\0new\0')}${packed('b', 'body')}`,
    `\x02${packed('i', '\0\0\0\0X\0y\0')}${packed('e', '<a@b>\0SIZE=1\0')}${packed('2', '<c>\0')}${packed('+', '<d>\0')}${packed('-', '<e>\0')}`,
    `\x00${packed('q', 'why')}${packed('constructor', '')}${packed('4', '')}`,
  ],
  words: [
    '\0\0\0\x01',
    '\0\0\0\x02c',
    '\0',
    '\r\n',
    '\n',
    '550 ',
    '5.7.1 ',
    '%',
    'h',
    'y',
    'm',
    'O',
    '__proto__\0',
    '\xff\xff\xff\xff',
  ],
  start() {
    const offer = parseProtocol('6');
    return (input) => {
      const choices = new Choices(input);
      const seed = choices.byte();
      const bytes = choices.rest();
      const whole = packetsOf([bytes]);
      mustEqual(
        shown(packetsOf(pieces(bytes, seed))),
        shown(whole),
        'the same packets in other pieces',
      );
      const [first] = whole;
      if (first) declared([MilterProtocolError], () => decodeAgreement(first, offer));
      for (const packet of whole) {
        const response = declared([MilterProtocolError], () => decodeResponse(packet));
        if (!response) break; // and so ends the conversation
        lookAt(response);
      }
      mustBeUnpolluted();
    };
  },
};

function lookAt(response: Response): void {
  switch (response.is) {
    case 'reply': {
      const reply = parseReplyText(response.text);
      if (!reply) return;
      must(reply.code >= 400 && reply.code <= 599, 'a reply that does not refuse');
      // A tab may stand in a reply.
      mustBeOneLine(replyText(reply).replaceAll('\t', ' ').replaceAll('\x85', ''), 'a reply');
      return;
    }
    case 'add-header':
    case 'insert-header':
    case 'change-header': {
      const text = declared([MilterProtocolError], () =>
        fieldText(response.name, response.value, { wants: () => false }),
      );
      if (text === undefined) return;
      must(/^[\x21-\x39\x3b-\x7e]+:/.test(text), 'a field without a name');
      must(!/\r|\n(?![ \t])|\n$/.test(text), 'a field that begins another');
      return;
    }
    default:
  }
}

function packetsOf(chunks: readonly Buffer[]): Packet[] {
  const reader = new PacketReader(1000);
  const packets: Packet[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    const isFine = declared([MilterProtocolError], () => {
      for (let packet = reader.next(); packet; packet = reader.next()) packets.push(packet);
      return true;
    });
    if (isFine !== true) break;
  }
  return packets;
}

function shown(packets: readonly Packet[]): string {
  return packets.map(({ letter, data }) => letter + data.toString('latin1')).join('|');
}
