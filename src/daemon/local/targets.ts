/**
 * local/targets - the right-hand side of an alias, a .forward or an :include: file, as a list of targets; pure.
 *
 * The syntax is that of a header's address list, so blanks separate, too, unless they are quoted; what an address is
 * for is told by its first character. Standard: aliases(5). Postfix: token.c.
 */
import { addressOf } from '../../lib/protocol/address/spec.js';
import { isSign, isWord, type Token, tokenize } from '../../lib/protocol/address/token.js';

export type Target =
  | {
      readonly is: 'address';
      readonly address: string;
      /** `\name`: no alias, no .forward. */
      readonly direct: boolean;
    }
  | { readonly is: 'command'; readonly command: string }
  | { readonly is: 'file'; readonly path: string }
  /** `~/box` */
  | { readonly is: 'home-file'; readonly path: string }
  | { readonly is: 'include'; readonly path: string };

/** Bound on what one right-hand side may name. */
const maxTargets = 10_000;
const maxTokens = 100_000;

/** The value of an alias. */
export function parseTargets(text: string): Target[] {
  const { tokens } = tokenize(text, maxTokens);
  const targets: Target[] = [];
  for (const address of split(tokens)) {
    if (targets.length >= maxTargets) break;
    const target = targetOf(address);
    if (target) targets.push(target);
  }
  return targets;
}

/** A .forward or :include: file: each line for itself, `#` begins a comment line. */
export function parseTargetFile(text: string): Target[] {
  const targets: Target[] = [];
  for (const line of text.split('\n')) {
    if (targets.length >= maxTargets) break;
    if (!/^\s*#/.test(line)) targets.push(...parseTargets(line));
  }
  return targets.slice(0, maxTargets);
}

/** One list of tokens for each address; separators, display names, group names and comments are gone. */
function split(tokens: readonly Token[]): Token[][] {
  const addresses: Token[][] = [];
  let current: Token[] = [];
  let first = 0; // of those since the last separator
  const flush = (): void => {
    if (current.length > 0) addresses.push(current);
    current = [];
  };
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (!token || token.kind === 'comment') continue;
    if (isSign(token, ',') || isSign(token, ';')) {
      flush();
      first = addresses.length;
    } else if (isSign(token, '<')) {
      // The words before it are a name, though each looked like an address of its own.
      addresses.length = first;
      current = [];
      const end = nextClose(tokens, index);
      const inside = tokens.slice(index + 1, end < 0 ? undefined : end);
      if (inside.length > 0) addresses.push(inside.filter(({ kind }) => kind !== 'comment'));
      index = end < 0 ? tokens.length : end;
    } else {
      const isNew = token.spaced && isWord(token) && isComplete(current);
      if (isNew) flush();
      current.push(token);
    }
  }
  flush();
  return addresses;
}

function nextClose(tokens: readonly Token[], from: number): number {
  for (let at = from + 1; at < tokens.length; at += 1) if (isSign(tokens[at], '>')) return at;
  return -1;
}

/** A blank may stand beside `.`, `@` and `:`; after a word it ends the address. */
function isComplete(tokens: readonly Token[]): boolean {
  const last = tokens.at(-1);
  return last !== undefined && (isWord(last) || isSign(last, '>'));
}

const includeWord = ':include:';

function targetOf(tokens: readonly Token[]): Target | undefined {
  const [first] = tokens;
  if (!first) return undefined;
  if (isSign(first, ':')) {
    const raw = tokens.map((token) => token.raw).join('');
    if (!raw.toLowerCase().startsWith(includeWord)) return undefined;
    return { is: 'include', path: raw.slice(includeWord.length).replace(/^"(.*)"$/s, '$1') };
  }
  const text = addressOf(tokens)?.address ?? '';
  if (text === '') return undefined;
  // |"command": the blank between the two words is none of the command's.
  if (text.startsWith('|'))
    return {
      is: 'command',
      command: first.raw === '|' ? text.slice(1).trimStart() : text.slice(1),
    };
  if (text.startsWith('/')) return { is: 'file', path: text };
  if (text.startsWith('~')) return { is: 'home-file', path: text };
  if (text.toLowerCase().startsWith(includeWord))
    return { is: 'include', path: text.slice(includeWord.length).trim() };
  const direct = first.raw.startsWith('\\') || text.startsWith('\\');
  return { is: 'address', address: text.replace(/^\\/, ''), direct };
}
