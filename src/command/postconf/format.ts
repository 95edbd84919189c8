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

const foldWidth = 70; // postconf -f breaks lines that would pass this column

export function formatValue(name: string, value: string, style: ValueStyle): string {
  if (style.hideValue) return name;
  const plain = value.replace(/\s*\n\s*/g, ' ');
  if (style.hideName) return style.fold ? fold('', plain) : plain;
  return style.fold ? fold(`${name} =`, plain) : `${name} = ${plain}`.replace(/ = $/, ' =');
}

/** Words wrap to lines that begin with four blanks. */
function fold(head: string, value: string): string {
  const lines: string[] = [];
  let line = head;
  for (const word of splitWords(value)) {
    if (line !== '' && line.length + 1 + word.length > foldWidth) {
      lines.push(line);
      line = `    ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

/** At blanks outside of braces. */
function splitWords(text: string): string[] {
  return text.match(/(?:\{[^}]*\}|[^\s{])+/g) ?? [];
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
  const options = argumentsOf(service);
  return folded ? foldArguments(line, options) : [line, ...options].join(' ');
}

/** Each -o has a line of its own; other arguments wrap. */
function foldArguments(head: string, options: readonly string[]): string {
  const lines = [head];
  for (const option of options) {
    const last = lines.at(-1) ?? '';
    const fits =
      !option.startsWith('-o ') && lines.length > 1 && !last.trimStart().startsWith('-o ');
    if (fits && last.length + 1 + option.length <= foldWidth)
      lines[lines.length - 1] = `${last} ${option}`;
    else lines.push(`    ${option}`);
  }
  return lines.join('\n');
}

/** Arguments, an option and its value together. */
export function argumentsOf({ fields }: MasterService): string[] {
  const words = fields.slice(8);
  const result: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '-o') result.push(`-o ${words[((index += 1))] ?? ''}`);
    else result.push(word);
  }
  return result;
}

const fieldNames = [
  'service',
  'type',
  'private',
  'unprivileged',
  'chroot',
  'wakeup',
  'process_limit',
  'command',
] as const;

/** Lines of -F: `smtp/inet/chroot = n`. */
export function serviceFields(
  service: MasterService,
): { readonly name: string; readonly value: string }[] {
  return fieldNames.map((field, index) => ({
    name: `${service.name}/${service.type}/${field}`,
    value:
      index === 7
        ? [service.fields[7] ?? '', ...argumentsOf(service)].join(' ')
        : (service.fields[index] ?? ''),
  }));
}
