/**
 * local/targets - the right-hand side of an alias, a .forward or an :include: file, as a list of targets; pure.
 *
 * Standard: aliases(5).
 */
import { toInternal } from '../../lib/protocol/address/path.js';

export type Target =
  | {
      readonly is: 'address';
      readonly address: string /** `\name`: no alias, no .forward. */;
      readonly direct: boolean;
    }
  | { readonly is: 'command'; readonly command: string }
  | { readonly is: 'file'; readonly path: string }
  | { readonly is: 'include'; readonly path: string };

/** Bound on what one right-hand side may name; virtual_alias_expansion_limit's size for the same work. */
const maxTargets = 10_000;

/** Elements are separated by commas and line ends (in files); `"..."` keeps blanks; `#` begins a comment line. */
export function parseTargets(text: string): Target[] {
  const targets: Target[] = [];
  for (const line of text.split('\n')) {
    if (/^\s*#/.test(line)) continue;
    for (const element of splitElements(line)) {
      if (targets.length >= maxTargets) return targets;
      const target = parseTarget(element);
      if (target) targets.push(target);
    }
  }
  return targets;
}

function splitElements(line: string): string[] {
  const elements: string[] = [];
  let element = '';
  let quoted = false;
  for (let index = 0; index < line.length; index += 1) {
    const char = line[index] ?? '';
    if (char === '\\' && index + 1 < line.length) {
      element += char + (line[index + 1] ?? '');
      index += 1;
    } else if (char === ',' && !quoted) {
      elements.push(element);
      element = '';
    } else {
      if (char === '"') quoted = !quoted;
      element += char;
    }
  }
  elements.push(element);
  return elements.map((part) => part.trim()).filter((part) => part !== '');
}

function parseTarget(element: string): Target | undefined {
  const whole = /^"((?:[^"\\]|\\.)*)"$/s.exec(element);
  const unquoted = whole ? (whole[1] ?? '').replace(/\\(["\\])/g, '$1') : element;
  if (unquoted.startsWith('|')) {
    // The quotes may also stand behind the bar: |"command with blanks".
    const command = unquoted.slice(1).trim().replace(/^"(.*)"$/s, '$1');
    return { is: 'command', command };
  }
  if (unquoted.startsWith('/')) return { is: 'file', path: unquoted };
  const include = /^:include:\s*(.+)$/i.exec(unquoted);
  if (include) return { is: 'include', path: include[1] ?? '' };
  const direct = element.startsWith('\\');
  const address = toInternal(
    direct ? element.slice(1) : element.replace(/^.*<([^<>]*)>\s*$/, '$1'),
  );
  if (address === undefined || address === '') return undefined;
  return { is: 'address', address, direct };
}
