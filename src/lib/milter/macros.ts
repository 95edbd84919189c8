/**
 * milter/macros - Sendmail's macros: which names go with which event, and what they stand for.
 *
 * Names are `i` or `{daemon_name}`; what has no value, not even in milter_macro_defaults, is not sent.
 */
import type { Settings } from '../config/settings.js';
import type { MacroStage } from '../protocol/milter/numbers.js';
import { toOctets } from '../protocol/message/octets.js';
import { splitList } from '../util/list.js';

/** Value of a macro, its name without braces; undefined: it has none now. */
export type MacroValue = (name: string) => string | undefined;

export type MacroNames = Readonly<Record<MacroStage, readonly string[]>>;

export function macroNames(settings: Settings): MacroNames {
  return {
    connect: split(settings.milter_connect_macros),
    helo: split(settings.milter_helo_macros),
    mail: split(settings.milter_mail_macros),
    rcpt: split(settings.milter_rcpt_macros),
    data: split(settings.milter_data_macros),
    unknown: split(settings.milter_unknown_command_macros),
    endOfHeader: split(settings.milter_end_of_header_macros),
    endOfBody: split(settings.milter_end_of_data_macros),
  };
}

function split(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '');
}

/** milter_macro_defaults: `name=value`, also `{name}=value` and `{ name = value }`. */
export function macroDefaults(settings: Settings): ReadonlyMap<string, string> {
  const defaults = new Map<string, string>();
  for (const element of splitList(settings.milter_macro_defaults)) {
    const text = /^\{\s*(.*?=.*?)\s*\}$/s.exec(element)?.[1] ?? element;
    const [, name, value] = /^([^=]*?)\s*=\s*(.*)$/s.exec(text) ?? [];
    if (name !== undefined && value !== undefined) defaults.set(bare(name), value);
  }
  return defaults;
}

/** Name and value of each that has one, in order. @param wanted the filter's own list, if it sent one */
export function macroPairs(
  names: readonly string[],
  wanted: string | undefined,
  value: MacroValue,
  defaults: ReadonlyMap<string, string>,
): string[] {
  const pairs: string[] = [];
  for (const name of wanted === undefined ? names : split(wanted)) {
    const found = value(bare(name)) ?? defaults.get(bare(name));
    if (found !== undefined) pairs.push(shown(name), toOctets(found));
  }
  return pairs;
}

function bare(name: string): string {
  return name.replace(/^\{(.*)\}$/s, '$1');
}

/** One letter stands bare, a longer name in braces. */
function shown(name: string): string {
  const word = bare(name);
  return word.length === 1 ? word : `{${word}}`;
}
