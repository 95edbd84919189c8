/**
 * sys/posix-syntax - what stands in a POSIX expression: its size when repetitions are written out, whether it refers
 * back to a group, and the same for libpcre2; pure.
 *
 * The C library knows no limits. It recurses over brackets and writes repetitions out when it compiles, and tries back
 * references in every combination when it matches: fifty letters can take minutes. Standard: regex(7).
 */

/** A piece of the pattern as it stands there. */
interface Item {
  readonly kind: 'open' | 'close' | 'repeat' | 'back' | 'bracket' | 'escape' | 'char';
  readonly text: string;
}

const maxDepth = 200;
const maxGrowth = 5000; // atoms beyond those that are written
const mostRepeats = 32_767; // RE_DUP_MAX

export function* posixItems(pattern: string, isExtended: boolean): Iterable<Item> {
  for (let index = 0; index < pattern.length; ) {
    const text = itemAt(pattern, index, isExtended);
    index += text.length;
    yield { kind: kindOf(text, isExtended), text };
  }
}

function itemAt(pattern: string, index: number, isExtended: boolean): string {
  const char = pattern.charAt(index);
  if (char === '[') return pattern.slice(index, bracketEnd(pattern, index) + 1);
  const interval = isExtended ? /\{\d*(?:,\d*)?\}/y : /\\\{\d*(?:,\d*)?\\\}/y;
  interval.lastIndex = index;
  const found = interval.exec(pattern)?.[0];
  if (found !== undefined) return found;
  return char === '\\' ? pattern.slice(index, index + 2) : char;
}

function kindOf(text: string, isExtended: boolean): Item['kind'] {
  if (text.startsWith('[')) return 'bracket';
  if (/^\\[1-9]$/.test(text)) return 'back';
  if (text === (isExtended ? '(' : '\\(')) return 'open';
  if (text === (isExtended ? ')' : '\\)')) return 'close';
  if (/^\\?\{\d*,?/.test(text) && text.length > 2) return 'repeat';
  if (text === '*') return 'repeat';
  if ((isExtended ? /^[+?]$/ : /^\\[+?]$/).test(text)) return 'repeat';
  return text.startsWith('\\') ? 'escape' : 'char';
}

/** Index of the bracket that closes the one at `start`. */
export function bracketEnd(pattern: string, start: number): number {
  let index = start + 1;
  if (pattern[index] === '^') index += 1;
  if (pattern[index] === ']') index += 1;
  for (; index < pattern.length && pattern[index] !== ']'; index += 1) {
    const kind = pattern[index + 1] ?? '';
    if (pattern[index] === '[' && '.:='.includes(kind) && kind !== '') {
      const end = pattern.indexOf(`${kind}]`, index + 2);
      if (end >= 0) index = end + 1;
    }
  }
  return index;
}

/** Whether compiling it would take more memory or depth than any useful pattern does. */
export function isTooBig(pattern: string, isExtended: boolean): boolean {
  const open: number[] = [];
  let size = 0;
  let last = 0;
  for (const { kind, text } of posixItems(pattern, isExtended)) {
    if (kind === 'open') {
      if (open.push(size) > maxDepth) return true;
      size = 0;
      last = 0;
    } else if (kind === 'close') {
      last = size;
      size += open.pop() ?? 0;
    } else if (kind === 'repeat') {
      const numbers = text.match(/\d+/g)?.map(Number) ?? [2];
      const more = last * (Math.min(mostRepeats, Math.max(1, ...numbers)) - 1);
      size += more;
      last += more;
    } else {
      last = 1;
      size += 1;
    }
    if (size > pattern.length + maxGrowth) return true;
  }
  return false;
}

export function refersBack(pattern: string, isExtended: boolean): boolean {
  if (!/\\[1-9]/.test(pattern)) return false;
  for (const { kind } of posixItems(pattern, isExtended)) if (kind === 'back') return true;
  return false;
}

const gnuEscapes = new Map([
  ['<', '\\b(?=\\w)'],
  ['>', '\\b(?<=\\w)'],
  ['`', '\\A'],
  ["'", '\\z'],
]);

/** The same expression for libpcre2; undefined: it has what has no meaning, or none there. */
export function toPcre(pattern: string, isExtended: boolean): string | undefined {
  const open: number[] = [];
  let result = '';
  let atom = 0; // where the last one begins in `result`
  let previous: Item['kind'] | undefined;
  for (const { kind, text } of posixItems(pattern, isExtended)) {
    if (kind === 'repeat') {
      if (previous === undefined || previous === 'open') return undefined;
      // `a*?` is one thing there and two here.
      if (previous === 'repeat') result = `${result.slice(0, atom)}(?:${result.slice(atom)})`;
      result += isExtended ? text : text.replaceAll('\\', '');
    } else if (kind === 'close') {
      atom = open.pop() ?? result.length;
      result += ')';
    } else {
      const written = kind === 'open' ? '(' : pcreAtom(kind, text, isExtended);
      if (written === undefined) return undefined;
      atom = result.length;
      if (kind === 'open') open.push(atom);
      result += written;
    }
    previous = kind;
  }
  return result;
}

function pcreAtom(kind: Item['kind'], text: string, isExtended: boolean): string | undefined {
  switch (kind) {
    case 'bracket':
      return pcreBracket(text);
    case 'escape': {
      const char = text.slice(1);
      if (/^[wWsSbB]$/.test(char)) return text;
      if (!isExtended && char === '|') return '|';
      return gnuEscapes.get(char) ?? (/^[A-Za-z0]$/.test(char) ? char : text);
    }
    case 'char':
      return isExtended || !/^[+?{}()|]$/.test(text) ? text : `\\${text}`;
    default:
      return text;
  }
}

/** A backslash is itself there; [.x.] and [=x=] libpcre2 does not know. */
function pcreBracket(text: string): string | undefined {
  if (/\[[.=]/.test(text.slice(1))) return undefined;
  const [, head = '', rest = ''] = /^(\[\^?\]?)(.*)$/s.exec(text) ?? [];
  return head + rest.replaceAll('\\', '\\\\').replace(/\[(?!:)/g, '\\[');
}
