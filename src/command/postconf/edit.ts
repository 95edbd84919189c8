/**
 * postconf/edit - changes in main.cf and master.cf that keep everything else, comments included; pure.
 *
 * Postfix: postconf_edit.c.
 */

/** What becomes of one entry: its first line and its continuation lines. Comments between them stay. */
export type Change =
  | { readonly is: 'keep' }
  | { readonly is: 'replace'; readonly text: string }
  | { readonly is: 'remove' }
  | { readonly is: 'comment' };

/** @param decide sees each entry as one logical line @param added lines for the end */
export function editEntries(
  text: string,
  decide: (entry: string) => Change,
  added: () => readonly string[],
): string {
  const lines = text.replace(/\n$/, '').split('\n');
  const result: string[] = [];
  let change: Change = { is: 'keep' };
  lines.forEach((line, index) => {
    if (/^\s*(#|$)/.test(line)) {
      result.push(line);
      return;
    }
    const isFirst = !/^\s/.test(line);
    if (isFirst) change = decide(logicalLine(lines, index));
    if (change.is === 'keep') result.push(line);
    else if (change.is === 'comment') result.push(`#${line}`);
    else if (change.is === 'replace' && isFirst) result.push(change.text);
  });
  if (text === '') result.length = 0;
  result.push(...added());
  return result.length === 0 ? '' : `${result.join('\n')}\n`;
}

function logicalLine(lines: readonly string[], start: number): string {
  const parts = [lines[start] ?? ''];
  for (const line of lines.slice(start + 1)) {
    if (/^\s*(#|$)/.test(line)) continue;
    if (!/^\s/.test(line)) break;
    parts.push(line.trim());
  }
  return parts.join(' ');
}

export interface MainEdit {
  readonly name: string;
  readonly change: Change;
}

/** Each entry of a name is changed; a new name goes to the end. @param multiple is told of names that stand there twice */
export function editMainCf(
  text: string,
  edits: readonly MainEdit[],
  multiple: (name: string) => void,
): string {
  const wanted = new Map(edits.map(({ name, change }) => [name, change]));
  const seen = new Set<string>();
  return editEntries(
    text,
    (entry) => {
      const name = entry.slice(0, Math.max(0, entry.indexOf('='))).trim();
      const change = wanted.get(name);
      if (!change) return { is: 'keep' };
      if (seen.has(name)) multiple(name);
      seen.add(name);
      return change;
    },
    () =>
      [...wanted].flatMap(([name, change]) =>
        change.is === 'replace' && !seen.has(name) ? [change.text] : [],
      ),
  );
}
