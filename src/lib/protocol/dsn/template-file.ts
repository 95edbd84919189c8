/**
 * protocol/dsn/template-file - the administrator's own words for notifications (bounce_template_file); pure.
 *
 * A template is `name = <<EOF`, header lines (Charset, From, Subject, Postmaster-Subject), an empty line, text, `EOF`.
 * One that cannot be used is left out with a warning; a file that makes no sense stops the start. Standard: bounce(5).
 */
import { FatalError } from '../../util/fatal-error.js';
import { own } from '../../util/own.js';
import { sysexits } from '../../util/sysexits.js';

/** What a file may say of one kind of notification; undefined: as built in. */
export interface OwnTemplate {
  readonly charset?: string;
  readonly from?: string;
  readonly subject?: string;
  readonly copySubject?: string;
  /** Ends with a line end; `$name` is not expanded yet. */
  readonly text: string;
}

export type TemplateName = 'failure' | 'delay' | 'success' | 'verify';

export interface TemplateFile {
  readonly templates: ReadonlyMap<TemplateName, OwnTemplate>;
  readonly warnings: readonly string[];
}

const names: readonly string[] = ['failure', 'delay', 'success', 'verify'];

const labels: Readonly<Record<string, 'charset' | 'from' | 'subject' | 'copySubject'>> = {
  charset: 'charset',
  from: 'from',
  subject: 'subject',
  'postmaster-subject': 'copySubject',
};

/** @throws {FatalError} a line outside a template that begins none */
export function parseTemplateFile(content: string, path: string): TemplateFile {
  const templates = new Map<TemplateName, OwnTemplate>();
  const warnings: string[] = [];
  const lines = content.replace(/\n$/, '').split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (/^\s*(#|$)/.test(line)) continue;
    const begin = beginning(line, `${path}, line ${index + 1}`);
    const isOneLine = begin.text !== undefined;
    const end = isOneLine ? index : lines.indexOf(begin.end, index + 1);
    const body = isOneLine ? [begin.text] : lines.slice(index + 1, end < 0 ? undefined : end);
    index = end < 0 ? lines.length : end;
    if (end < 0) warnings.push(`${path}, line ${lines.length}: missing "${begin.end}" end marker`);
    const name = begin.name.replace(/_template$/, '');
    if (!isTemplateName(name) || name === begin.name) {
      const where = `${path}, line ${index + 1}`;
      warnings.push(`${where}: unknown template name: ${begin.name} -- ignoring this template`);
      continue;
    }
    const template = parseTemplate(body);
    if (typeof template === 'string')
      warnings.push(`${path}: ${template} in ${name} template -- ignoring this template`);
    else templates.set(name, template);
  }
  return { templates, warnings };
}

interface Beginning {
  readonly name: string;
  /** The line that ends it. */
  readonly end: string;
  /** All of it, when it stands on the same line. */
  readonly text?: string;
}

function beginning(line: string, where: string): Beginning {
  const match = /^\s*(\w+)\s*=\s*(?:<<\s*(\S+)|(.*\S))\s*$/.exec(line);
  const [, name, end, text] = match ?? [];
  if (name !== undefined && end !== undefined) return { name, end };
  if (name !== undefined && text !== undefined) return { name, end: '', text };
  const shown = line.length > 100 ? `${line.slice(0, 100)}...` : line;
  throw new FatalError(
    `${where}: "${shown}" begins no template; write failure_template = <<EOF and end the text with a line EOF`,
    sysexits.config,
  );
}

function isTemplateName(name: string): name is TemplateName {
  return names.includes(name);
}

/** A text: what is wrong with it. */
function parseTemplate(lines: readonly string[]): OwnTemplate | string {
  const fields: Partial<Record<'charset' | 'from' | 'subject' | 'copySubject', string>> = {};
  let index = 0;
  for (; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const match = /^([^\s:]+)\s*:\s*(.*?)\s*$/.exec(line);
    if (!match) break;
    const [, label = '', value = ''] = match;
    const field = own(labels, label.toLowerCase());
    if (!field) return `unknown "${label}" header label`;
    if (/[^\x20-\x7e\t]/.test(value)) return `non-ASCII "${label}" header value`;
    if (value === '') return `empty "${label}" header value`;
    fields[field] = value;
  }
  if (lines[index] === '') index += 1;
  const text = lines.slice(index);
  if (text.length === 0) return 'missing message text';
  const whole = `${text.join('\n')}\n`;
  const isAscii = !/[^\p{ASCII}]/u.test(whole);
  if (!isAscii && (fields.charset ?? 'us-ascii').toLowerCase() === 'us-ascii')
    return `non-ASCII message text without a Charset header that allows it, e.g. "Charset: utf-8",`;
  return { ...fields, text: whole };
}
