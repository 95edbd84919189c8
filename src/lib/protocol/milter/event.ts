/** protocol/milter/event - what the filter is told (SMFIC_*), as bytes. Texts are one char a byte. */
import { command, type CommandName, type MacroStage } from './numbers.js';
import { packet, strings } from './packet.js';

/** The client, as a connection from it is told. */
export interface ClientAddress {
  readonly name: string;
  /** '' where it is not known. */
  readonly address: string;
  readonly port: number;
}

export function connectEvent({ name, address, port }: ClientAddress): Buffer {
  if (address === '') return packet(command.connect, strings(name), Buffer.from('U'));
  const place = Buffer.from(address.includes(':') ? '6\0\0' : '4\0\0');
  place.writeUInt16BE(port, 1);
  return packet(command.connect, strings(name), place, strings(address));
}

export type TextEvent = 'helo' | 'mail' | 'rcpt' | 'data' | 'unknown' | 'header' | 'endOfHeader';

export function textEvent(name: TextEvent, ...texts: readonly string[]): Buffer {
  return packet(command[name], strings(...texts));
}

export function bodyEvent(name: 'body' | 'endOfBody', chunk: Uint8Array): Buffer {
  return packet(command[name], chunk);
}

/** Macros come before the event that they belong to. @param pairs name, value, name, value … */
export function macroEvent(stage: MacroStage | CommandName, pairs: readonly string[]): Buffer {
  return packet(command.macro, Buffer.from(command[stage]), strings(...pairs));
}

export const abortEvent = packet(command.abort);
export const quitEvent = packet(command.quit);
