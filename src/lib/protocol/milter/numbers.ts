/**
 * protocol/milter/numbers - the letters and bits of the mail filter protocol, as libmilter's mfdef.h and mfapi.h name them.
 *
 * There is no RFC: Sendmail's libmilter is the standard. Versions 2 to 6.
 */

/** SMFIC_*: from the mail server to the filter. */
export const command = {
  abort: 'A',
  body: 'B',
  connect: 'C',
  macro: 'D',
  endOfBody: 'E',
  helo: 'H',
  header: 'L',
  mail: 'M',
  endOfHeader: 'N',
  negotiate: 'O',
  quit: 'Q',
  rcpt: 'R',
  data: 'T',
  unknown: 'U',
} as const;

export type CommandName = keyof typeof command;

/** SMFIF_*: what a filter may want to change. */
export const action = {
  addHeader: 0x001,
  changeBody: 0x002,
  addRecipient: 0x004,
  deleteRecipient: 0x008,
  changeHeader: 0x010,
  quarantine: 0x020,
  changeSender: 0x040,
  addRecipientArguments: 0x080,
  setSymbols: 0x100,
} as const;

/** SMFIP_*: what a filter does not want to hear (no…), will not answer (noReply…), or wants otherwise. */
export const option = {
  noConnect: 0x01,
  noHelo: 0x02,
  noMail: 0x04,
  noRcpt: 0x08,
  noBody: 0x10,
  noHeader: 0x20,
  noEndOfHeader: 0x40,
  noReplyHeader: 0x80,
  noUnknown: 0x100,
  noData: 0x200,
  skip: 0x400,
  rejectedRecipients: 0x800,
  noReplyConnect: 0x1000,
  noReplyHelo: 0x2000,
  noReplyMail: 0x4000,
  noReplyRcpt: 0x8000,
  noReplyData: 0x10000,
  noReplyUnknown: 0x20000,
  noReplyEndOfHeader: 0x40000,
  noReplyBody: 0x80000,
  leadingSpace: 0x100000,
} as const;

/** The bits that keep an event from a filter, or its answer from us; 0: there is none. */
export const eventOptions: Readonly<
  Record<Exclude<CommandName, 'abort' | 'macro' | 'negotiate' | 'quit'>, readonly [number, number]>
> = {
  connect: [option.noConnect, option.noReplyConnect],
  helo: [option.noHelo, option.noReplyHelo],
  mail: [option.noMail, option.noReplyMail],
  rcpt: [option.noRcpt, option.noReplyRcpt],
  data: [option.noData, option.noReplyData],
  unknown: [option.noUnknown, option.noReplyUnknown],
  header: [option.noHeader, option.noReplyHeader],
  endOfHeader: [option.noEndOfHeader, option.noReplyEndOfHeader],
  body: [option.noBody, option.noReplyBody],
  endOfBody: [0, 0],
};

/** Events that macros belong to, in the order of SMFIM_* (symbol lists of the negotiation). */
export const macroStages = [
  'connect',
  'helo',
  'mail',
  'rcpt',
  'data',
  'endOfBody',
  'endOfHeader',
] as const;

export type MacroStage = (typeof macroStages)[number] | 'unknown';

/** MILTER_CHUNK_SIZE: content goes in pieces of at most this many bytes. */
export const chunkSize = 65535;
