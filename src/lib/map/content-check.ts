/**
 * map/content-check - header_checks(5): the tables, and what a value in them asks for.
 *
 * Shared by cleanup, its milter_header_checks and the SMTP client; what an action does is theirs. Postfix:
 * cleanup_message.c, hbc_*(3).
 */
import type { DictOpener } from '../dict/opener.js';
import { fromOctets, toOctets } from '../protocol/message/octets.js';
import { LookupError } from './match-list.js';
import { type Maps, openMaps } from './maps.js';

export type ContentClass = 'header' | 'mime' | 'nested' | 'body';

/** Texts are one char a byte. */
export type ContentAction =
  /** DUNNO, and what cannot be done: `warning` says why, `Q` in it stands for the name of the table's parameter. */
  | { readonly is: 'none'; readonly warning?: (parameter: string) => string }
  | { readonly is: 'unknown'; readonly value: string }
  | {
      readonly is: 'reject';
      readonly enhanced: string;
      readonly text: string;
      readonly warning?: string;
    }
  | {
      readonly is: 'discard' | 'hold' | 'warn' | 'info' | 'strip' | 'pass';
      readonly text: string;
    }
  | { readonly is: 'ignore' }
  | { readonly is: 'prepend' | 'replace'; readonly text: string }
  | { readonly is: 'bcc' | 'redirect'; readonly address: string }
  /** `destination`: transport:nexthop */
  | { readonly is: 'filter'; readonly destination: string };

export interface ContentTables {
  readonly isEmpty: boolean;
  has(kind: ContentClass): boolean;
  parameter(kind: ContentClass): string;
  /** @param text one char a byte, and so is the value @throws {LookupError} */
  find(kind: ContentClass, text: string): Promise<string | undefined>;
}

/** What is in the tables, by the names of the parameters that list them. */
export type TableLists = Readonly<
  Record<ContentClass, { readonly parameter: string; readonly value: string }>
>;

export function openContentTables(lists: TableLists, dicts: DictOpener): ContentTables {
  const maps: Readonly<Record<ContentClass, Maps>> = {
    header: openMaps(lists.header.value, dicts, lists.header.parameter),
    mime: openMaps(lists.mime.value, dicts, lists.mime.parameter),
    nested: openMaps(lists.nested.value, dicts, lists.nested.parameter),
    body: openMaps(lists.body.value, dicts, lists.body.parameter),
  };
  return {
    isEmpty: Object.values(maps).every(({ isEmpty }) => isEmpty),
    has: (kind) => !maps[kind].isEmpty,
    parameter: (kind) => lists[kind].parameter,
    async find(kind, text) {
      if (maps[kind].isEmpty) return undefined;
      try {
        const key = fromOctets(text);
        const value = await maps[kind].find(key);
        // Of a text that is not UTF-8 parts may have come back as they are.
        const isRaw = key === text && value !== undefined && !/[^\x00-\xff]/.test(value);
        return value === undefined || isRaw ? value : toOctets(value);
      } catch (error) {
        if (!(error instanceof LookupError)) throw error;
        const problem = `${lists[kind].parameter} map lookup problem`;
        throw new LookupError(`${problem}: ${error.message}`, { cause: error });
      }
    },
  };
}

const field = /^[\x21-\x39\x3b-\x7e]+[ \t]*:/;

/** @param place a header field can only become a header field */
export function parseContentAction(value: string, place: 'header' | 'body'): ContentAction {
  const [, word = '', text = ''] = /^(\S*)\s*([^]*)$/.exec(value) ?? [];
  const wrong = (warning: (parameter: string) => string): ContentAction => ({
    is: 'none',
    warning,
  });
  const name = word.toUpperCase();
  switch (name) {
    case 'DUNNO':
    case 'OK':
      return { is: 'none' };
    case 'REJECT':
      return rejection(text);
    case 'WARN':
      return { is: 'warn', text };
    case 'INFO':
      return { is: 'info', text };
    case 'PASS':
      return { is: 'pass', text };
    case 'DISCARD':
      return { is: 'discard', text };
    case 'HOLD':
      return { is: 'hold', text };
    case 'STRIP':
      return { is: 'strip', text };
    case 'IGNORE':
      return { is: 'ignore' };
    case 'PREPEND':
    case 'REPLACE':
      if (text === '') return wrong((map) => `${name} action without text in ${map} map`);
      if (place === 'header' && !field.test(text))
        return wrong(
          (map) =>
            `bad ${name} header text "${text}" in ${map} map -- need "headername: headervalue"`,
        );
      return { is: name === 'PREPEND' ? 'prepend' : 'replace', text };
    case 'REDIRECT':
      if (text.includes('@')) return { is: 'redirect', address: text };
      return wrong((map) => `bad REDIRECT target "${text}" in ${map} map -- need user@domain`);
    case 'BCC':
      if (text.includes('@')) return { is: 'bcc', address: text };
      return wrong((map) => `bad BCC address "${text}" in ${map} map -- need user@domain`);
    case 'FILTER':
      if (text.includes(':')) return { is: 'filter', destination: text };
      return wrong((map) =>
        text === ''
          ? `missing FILTER command argument in ${map} map`
          : `bad FILTER command ${text} in ${map} -- need transport:destination`,
      );
    default:
      return { is: 'unknown', value };
  }
}

/** `5.7.9 text`, `text`, or nothing. A code of success makes no sense: for now, then. */
function rejection(given: string): ContentAction {
  const [, digit = '', rest, after] =
    /^([245])(\.\d{1,3}\.\d{1,3})(?:\s+([^]*))?$/.exec(given) ?? [];
  if (rest === undefined)
    return { is: 'reject', enhanced: '5.7.1', text: given || 'message content rejected' };
  return {
    is: 'reject',
    enhanced: (digit === '2' ? '4' : digit) + rest,
    text: after ?? 'message content rejected',
    ...(digit === '2' ? { warning: `bad DSN action in ${given} -- need 4.x.x or 5.x.x` } : {}),
  };
}
