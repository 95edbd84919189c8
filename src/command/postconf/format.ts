/** postconf/format - how settings and services are printed; pure. Postfix: postconf_print.c, postconf_master.c. */
import type { MasterService } from '../../lib/config/master-cf.js';

export interface ValueStyle {
  /** -h: values only. */
  readonly hideName: boolean;
  /** -H: names only. */
  readonly hideValue: boolean;
  /** -f: long lines are folded. */
  readonly fold: boolean;
}

const lineLimit = 80; // -f breaks a line that would get this long
const indent = '    ';

/** `name = value`; blanks in the value become one each. */
export function formatValue(name: string, value: string, style: ValueStyle): string {
  if (style.hideValue) return name;
  const words = value.split(/\s+/).filter((word) => word !== '');
  const all = style.hideName ? words : [`${name} =`, ...words];
  return style.fold ? fold(all) : all.join(' ');
}

/** Words wrap to lines that begin with four blanks. */
function fold(words: readonly string[]): string {
  const lines: string[] = [];
  let line = words[0] ?? '';
  for (const word of words.slice(1)) {
    if (line.length + 1 + word.length >= lineLimit) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

// Columns at which the fields of master.cf begin.
const columns = [0, 11, 17, 25, 33, 41, 49, 57];

/** `smtp       inet  n       -       n       -       -       smtpd -o a=b` */
export function formatService(service: MasterService, folded: boolean): string {
  let line = '';
  service.fields.slice(0, 8).forEach((field, index) => {
    const column = columns[index] ?? 0;
    line = index === 0 ? field : `${line.padEnd(Math.max(column, line.length + 1))}${field}`;
  });
  const words = argumentsOf(service);
  return folded ? foldArguments(line, words) : [line, ...words].join(' ');
}

/** Each -o has a line of its own; other arguments wrap. */
function foldArguments(head: string, words: readonly string[]): string {
  const lines = [head];
  let afterSetting = false;
  for (const word of words) {
    const last = lines.at(-1) ?? '';
    const isSetting = word.startsWith('-o ');
    const fits = last.length + 1 + word.length < lineLimit;
    if (isSetting || afterSetting || !fits) lines.push(`${indent}${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
    afterSetting = isSetting;
  }
  return lines.join('\n');
}

/** Arguments as they stand in master.cf: `-o` and its setting together, braces where there are blanks. */
export function argumentsOf({ fields }: Pick<MasterService, 'fields'>): string[] {
  const result: string[] = [];
  let areOptions = true;
  for (let index = 8; index < fields.length; index += 1) {
    const word = fields[index] ?? '';
    areOptions &&= word.startsWith('-');
    if (areOptions && word === '-o') {
      index += 1;
      result.push(`-o ${braced(fields[index] ?? '')}`);
    } else result.push(braced(word));
  }
  return result;
}

function braced(word: string): string {
  return word === '' || /[\s,]/.test(word) || word.startsWith('{') ? `{${word}}` : word;
}

export const fieldNames = [
  'service',
  'type',
  'private',
  'unprivileged',
  'chroot',
  'wakeup',
  'process_limit',
  'command',
] as const;

export interface Row {
  /** `smtp/inet/chroot`; the last part alone is `part`. */
  readonly name: string;
  readonly part: string;
  readonly value: string;
}

/** Rows of -F. */
export function fieldRows(service: MasterService): Row[] {
  return fieldNames.map((part, index) => ({
    name: `${service.name}/${service.type}/${part}`,
    part,
    value:
      part === 'command'
        ? [service.command, ...argumentsOf(service)].join(' ')
        : (service.fields[index] ?? ''),
  }));
}

/** Rows of -P, by name. */
export function settingRows(service: MasterService): Row[] {
  return [...service.overrides]
    .sort(([a], [b]) => byBytes(a, b))
    .map(([part, value]) => ({ name: `${service.name}/${service.type}/${part}`, part, value }));
}

/** In the order of bytes, as Postfix sorts. */
export function byBytes(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
