/** protocol/milter/negotiation - the first exchange: version, what may be changed, what is to be told. */
import { action, command, macroStages, type MacroStage, option } from './numbers.js';
import { numbers, packet, type Packet } from './packet.js';
import { MilterProtocolError } from './protocol-error.js';
import { Fields } from './response.js';

export interface Offer {
  readonly version: number;
  readonly actions: number;
  readonly options: number;
}

export interface Agreement extends Offer {
  /** Names of macros that the filter asks for, by event. */
  readonly symbols: ReadonlyMap<MacroStage, string>;
}

const version2 =
  option.noConnect |
  option.noHelo |
  option.noMail |
  option.noRcpt |
  option.noBody |
  option.noHeader |
  option.noEndOfHeader;
const version3 = version2 | option.noUnknown;
const version4 = version3 | option.noData;
const noReplies =
  option.noReplyConnect |
  option.noReplyHelo |
  option.noReplyMail |
  option.noReplyRcpt |
  option.noReplyData |
  option.noReplyUnknown |
  option.noReplyHeader |
  option.noReplyEndOfHeader |
  option.noReplyBody;
const version6 =
  version4 | option.skip | option.rejectedRecipients | noReplies | option.leadingSpace;

const optionsOfVersion = new Map([
  [2, version2],
  [3, version3],
  [4, version4],
  [5, version4],
  [6, version6],
]);

/** What every filter may change, whatever its version. */
const allActions = Object.values(action).reduce((all, bit) => all | bit, 0);

/** milter_protocol: a version, and perhaps `no_header_reply`. @throws {Error} what is wrong with it */
export function parseProtocol(text: string): Offer {
  let version = 0;
  let options = 0;
  for (const word of text.split(/[\s,]+/).filter((candidate) => candidate !== '')) {
    const known = optionsOfVersion.get(Number(word));
    if (word === 'no_header_reply') options |= option.noReplyHeader;
    else if (known !== undefined && version === 0) {
      version = Number(word);
      options |= known;
    } else throw new Error(`bad protocol information: ${word}; write 2, 3, 4 or 6`);
  }
  if (version === 0) throw new Error('no protocol version information; write 6');
  return { version, options, actions: allActions };
}

export function encodeOffer({ version, actions, options }: Offer): Buffer {
  return packet(command.negotiate, numbers(version, actions, options));
}

/** @throws {MilterProtocolError} the filter wants what was not offered */
export function decodeAgreement({ letter, data }: Packet, offer: Offer): Agreement {
  if (letter !== command.negotiate)
    throw new MilterProtocolError(
      `unexpected reply ${JSON.stringify(letter)} in initial handshake`,
    );
  const fields = new Fields(data);
  const version = fields.number();
  const actions = fields.number();
  const options = fields.number();
  if (version > offer.version)
    throw new MilterProtocolError(
      `protocol version ${version} conflict with MTA protocol version ${offer.version}`,
    );
  if ((actions & ~offer.actions) !== 0)
    throw new MilterProtocolError(
      `request mask 0x${actions.toString(16)} conflict with MTA request mask 0x${offer.actions.toString(16)}`,
    );
  const symbols = new Map<MacroStage, string>();
  while (!fields.isAtEnd) {
    const stage = macroStages[fields.number()];
    const names = fields.text();
    if (stage === undefined)
      throw new MilterProtocolError('unknown macro type in initial handshake');
    symbols.set(stage, names);
  }
  return { version, actions, options: options >>> 0, symbols };
}
