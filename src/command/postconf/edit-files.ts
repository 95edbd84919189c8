/** postconf/edit-files - -e, -X and -# of the command line, done in main.cf and master.cf. Postfix: postconf_edit.c. */
import path from 'node:path';
import { type MasterService, parseMasterCf } from '../../lib/config/master-cf.js';
import { FatalError } from '../../lib/util/fatal-error.js';
import { type Change, editEntries, editMainCf, type MainEdit } from './edit.js';
import { fieldNames, formatService } from './format.js';
import type { Warn } from './instance.js';
import { type Action, type Invocation, nameAndValue } from './options.js';
import { replaceFile } from './replace-file.js';
import { matches, splitPattern } from './show.js';

const fail = (text: string): never => {
  throw new FatalError(text, 1);
};

function checkOperands({ operands, action }: Invocation): void {
  if (operands.length === 0)
    fail(action === 'edit' ? '-e requires name=value argument' : '-X or -# requires name argument');
  for (const operand of operands) {
    if (operand.includes('\n')) fail('-e, -X, or -# accepts no multi-line input');
    if (operand.trimStart().startsWith('#')) fail('-e, -X, or -# accepts no comment input');
    if (operand === '') fail('-e, -X, or -# accepts no empty argument');
    if (action === 'edit' && !operand.includes('='))
      fail(`missing '=' after attribute name: "${operand}"`);
    if (action !== 'edit' && operand.includes('='))
      fail(`specify one of -e ${action === 'remove' ? '-X' : '-#'}`);
  }
}

/** -e name=value, -X name, -# name. */
export async function editMain(
  invocation: Invocation,
  directory: string,
  warn: Warn,
): Promise<void> {
  checkOperands(invocation);
  const file = path.join(directory, 'main.cf');
  const edits = invocation.operands.map((operand) => mainEdit(operand, invocation.action));
  await replaceFile(file, (text) =>
    editMainCf(text, edits, (name) => warn(`${file}: multiple entries for "${name}"`)),
  );
}

function mainEdit(operand: string, action: Action): MainEdit {
  if (action !== 'edit') return { name: operand.trim(), change: dropOf(action) };
  const [name, value] = nameAndValue(operand, '-e');
  if (/\s/.test(name)) fail(`missing '=' after attribute name: "${operand}"`);
  return { name, change: { is: 'replace', text: `${name} = ${value}` } };
}

function dropOf(action: Action): Change {
  return { is: action === 'comment' ? 'comment' : 'remove' };
}

interface ServiceEdit {
  readonly pattern: string;
  readonly name: string;
  readonly type: string;
  readonly change: (service: MasterService) => Change;
  /** A line for the end when nothing matched; undefined: that is worth a warning. */
  readonly added: string | undefined;
}

/** -M, -F and -P with -e, -X or -#. */
export async function editServices(
  invocation: Invocation,
  directory: string,
  warn: Warn,
): Promise<void> {
  checkOperands(invocation);
  const file = path.join(directory, 'master.cf');
  const edits = invocation.operands.map((operand) => serviceEdit(operand, invocation));
  const found = new Set<ServiceEdit>();
  await replaceFile(file, (text) => {
    parseMasterCf(text, file, warn);
    return editEntries(
      text,
      (entry) => applyEdits(entry, edits, found, file),
      () =>
        edits.flatMap((edit) => (found.has(edit) || edit.added === undefined ? [] : [edit.added])),
    );
  });
  for (const edit of edits)
    if (!found.has(edit) && edit.added === undefined && invocation.subject !== 'M')
      warn(`unmatched service_name/type: "${edit.pattern}"`);
}

/** All edits that concern one entry, one after the other. */
function applyEdits(
  entry: string,
  edits: readonly ServiceEdit[],
  found: Set<ServiceEdit>,
  file: string,
): Change {
  let change: Change = { is: 'keep' };
  let current = entry;
  for (const edit of edits) {
    const [service] = parseMasterCf(current.replace(/\n\s*/g, ' '), file);
    if (!service || !matches(edit.name, service.name) || !matches(edit.type, service.type))
      continue;
    found.add(edit);
    change = edit.change(service);
    if (change.is !== 'replace') return change;
    current = change.text;
  }
  return change;
}

function serviceEdit(operand: string, { subject, action }: Invocation): ServiceEdit {
  const [pattern, value] = action === 'edit' ? nameAndValue(operand, '-e') : [operand, ''];
  const [name = '', type, part] = splitPattern(pattern);
  const wanted = subject === 'M' ? 2 : 3;
  if (pattern.split('/').length !== wanted || type === undefined)
    return fail(
      subject === 'M'
        ? '-Me, -MX or -M# requires service_name/type'
        : subject === 'F'
          ? '-Fe requires service_name/type/field_name'
          : '-Pe or -PX requires service_name/type/parameter',
    );
  const base = { pattern: operand, name, type, added: undefined };
  if (subject === 'M') {
    if (action !== 'edit') return { ...base, change: () => dropOf(action) };
    const text = newLine(operand, value);
    return { ...base, change: () => ({ is: 'replace', text }), added: text };
  }
  const fields =
    subject === 'F' ? fieldChange(part ?? '', value) : settingChange(part ?? '', value, action);
  return {
    ...base,
    change: (service) => ({ is: 'replace', text: rewritten(fields(service), operand) }),
  };
}

function newLine(operand: string, value: string): string {
  if (value.split(/\s+/).length < 8) fail(`bad field count: "${operand}"`);
  const [service] = parseMasterCf(value, `"${operand}"`);
  return service ? formatService(service, true) : fail(`bad service: "${operand}"`);
}

/** Checked by reading it back. */
function rewritten(words: readonly string[], operand: string): string {
  const text = formatService({ fields: words } as MasterService, true);
  parseMasterCf(text.replace(/\n\s*/g, ' '), `"${operand}"`);
  return text;
}

function fieldChange(part: string, value: string): (service: MasterService) => readonly string[] {
  const index = (fieldNames as readonly string[]).indexOf(part);
  if (index < 0) return fail(`invalid service attribute name: "${part}"`);
  if (part !== 'command' && /\s|^$/.test(value)) return fail(`invalid ${part} field "${value}"`);
  return ({ fields }) => {
    if (part === 'command') {
      const [service] = parseMasterCf(`${fields.slice(0, 7).join(' ')} ${value}`, `"${value}"`);
      return service?.fields ?? fields;
    }
    return fields.map((field, at) => (at === index ? value : field));
  };
}

/** The setting takes its old place, or stands behind the options, before the first argument that is none. */
function settingChange(
  name: string,
  value: string,
  action: Action,
): (service: MasterService) => readonly string[] {
  if (name === '' || /\s/.test(name)) fail(`bad parameter name: "${name}"`);
  return ({ fields }) => {
    const words = fields.slice(0, 8);
    let at = 8;
    let isWritten = action !== 'edit';
    const write = (): void => {
      if (!isWritten) words.push('-o', `${name}=${value}`);
      isWritten = true;
    };
    for (; at < fields.length && fields[at]?.startsWith('-') === true; at += 1) {
      const isSetting = fields[at] === '-o';
      const setting = isSetting ? (fields[at + 1] ?? '') : '';
      if (isSetting && setting.startsWith(`${name}=`)) write();
      else if (isSetting) words.push('-o', setting);
      else words.push(fields[at] ?? '');
      if (isSetting) at += 1;
    }
    write();
    return [...words, ...fields.slice(at)];
  };
}
