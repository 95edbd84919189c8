/**
 * postconf/edit - changes in main.cf and master.cf that keep everything else, comments included; pure.
 *
 * Postfix: postconf_edit.c.
 */

export interface MainEdit {
  readonly name: string;
  /** Undefined: remove (-X) or comment out (-#). */
  readonly value: string | undefined;
  readonly comment: boolean;
}

/** The text with each name set once: where it first stood, or at the end. */
export function editMainCf(text: string, edits: readonly MainEdit[]): string {
  const pending = new Map(edits.map((edit) => [edit.name, edit]));
  const lines: string[] = [];
  let current: MainEdit | undefined; // the entry that continuation lines belong to
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const isContinuation = /^\s/.test(line) && !/^\s*(#|$)/.test(line);
    if (isContinuation) {
      if (!current) lines.push(line);
      else if (current.comment) lines.push(`#${line}`);
      continue;
    }
    if (/^\s*(#|$)/.test(line)) {
      lines.push(line);
      continue;
    }
    const name = /^([^=\s]+)\s*=/.exec(line)?.[1] ?? '';
    current = edits.find((edit) => edit.name === name);
    if (!current) lines.push(line);
    else if (current.comment) lines.push(`#${line}`);
    else if (current.value !== undefined && pending.has(name))
      lines.push(`${name} = ${current.value}`);
    pending.delete(name);
  }
  for (const { name, value } of pending.values())
    if (value !== undefined) lines.push(`${name} = ${value}`);
  return `${lines.join('\n')}\n`;
}

export interface ServiceEdit {
  /** `smtp/inet` */
  readonly service: string;
  /** The new line; undefined: remove or comment out. */
  readonly line: string | undefined;
  readonly comment: boolean;
}

/** The text with lines of services replaced, removed, or commented out; new ones go to the end. */
export function editMasterCf(text: string, edits: readonly ServiceEdit[]): string {
  const pending = new Map(edits.map((edit) => [edit.service, edit]));
  const lines: string[] = [];
  let current: ServiceEdit | undefined;
  for (const line of text.replace(/\n$/, '').split('\n')) {
    if (/^\s*(#|$)/.test(line)) {
      lines.push(line);
      continue;
    }
    if (/^\s/.test(line)) {
      if (!current) lines.push(line);
      else if (current.comment) lines.push(`#${line}`);
      continue;
    }
    const [name = '', type = ''] = line.trim().split(/\s+/);
    current = edits.find(({ service }) => service === `${name}/${type}`);
    if (!current) lines.push(line);
    else if (current.comment) lines.push(`#${line}`);
    else if (current.line !== undefined && pending.has(current.service)) lines.push(current.line);
    if (current) pending.delete(current.service);
  }
  for (const { line } of pending.values()) if (line !== undefined) lines.push(line);
  return `${lines.join('\n')}\n`;
}
