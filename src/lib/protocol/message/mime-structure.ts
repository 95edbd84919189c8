/**
 * protocol/message/mime-structure - where the parts of a MIME message begin and end.
 *
 * Text is one char a byte. Standards: RFC 2045 section 5, RFC 2046 section 5.1. Postfix: mime_state.c.
 */

export interface MimeLimits {
  /** mime_nesting_limit: multiparts within so many multiparts and two more are not looked into. */
  readonly nesting: number;
  /** mime_boundary_length_limit: so much of a boundary is compared. Bytes. */
  readonly boundaryLength: number;
}

/** Type in lower case, and the boundary parameter; without a value what RFC 2046 section 5.1.5 makes of it. */
export function parseContentType(
  value: string,
  isInDigest: boolean,
): { readonly type: string; readonly boundary: string } {
  const text = value.trim();
  if (text === '') return { type: isInDigest ? 'message/rfc822' : 'text/plain', boundary: '' };
  const type = /^[^;\s(]+/.exec(text)?.[0].toLowerCase() ?? '';
  const match = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/i.exec(text);
  const boundary = (match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2] ?? '').trimEnd();
  return { type, boundary };
}

/** A multipart whose parts are being read. */
interface Open {
  /** With its two dashes. */
  readonly line: string;
  readonly isDigest: boolean;
}

/** What a boundary line means. */
export type BoundaryLine =
  | { readonly is: 'part'; readonly isInDigest: boolean }
  | { readonly is: 'close' };

/** The multiparts that are open, the innermost last. */
export class BoundaryStack {
  readonly #limits: MimeLimits;
  readonly #open: Open[] = [];

  constructor(limits: MimeLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#open.length === 0;
  }

  /** False: too deep. */
  open(type: string, boundary: string): boolean {
    if (boundary === '') return true;
    if (this.#open.length > this.#limits.nesting + 1) return false; // as Postfix 3.7 counts
    const line = `--${boundary.slice(0, this.#limits.boundaryLength)}`;
    this.#open.push({ line, isDigest: type === 'multipart/digest' });
    return true;
  }

  /** Undefined: an ordinary line. */
  match(line: string): BoundaryLine | undefined {
    if (!line.startsWith('--')) return undefined;
    // An inner multipart that was left open ends with its outer one.
    for (let depth = this.#open.length - 1; depth >= 0; depth -= 1) {
      const open = this.#open[depth];
      if (!open || !line.startsWith(open.line)) continue;
      const isClose = line.startsWith('--', open.line.length);
      this.#open.length = isClose ? depth : depth + 1;
      return isClose ? { is: 'close' } : { is: 'part', isInDigest: open.isDigest };
    }
    return undefined;
  }
}
