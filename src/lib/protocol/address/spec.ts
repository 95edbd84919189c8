/**
 * protocol/address/spec - one address out of its tokens: internal form, and external form as it stood there.
 *
 * A source route is dropped (RFC 5321 appendix F.2), comments are skipped, blanks around signs do not count.
 */
import { isSign, isWord, type Token, tokenText } from './token.js';

export interface Spec {
  /** Internal form: unquoted. */
  readonly address: string;
  /** As written, without blanks and comments; differs from the quoted internal form where that is simpler. */
  readonly external: string;
  /** `"user@host"` without a domain: its internal form would be read as user at host, so it is left alone. */
  readonly fixed: boolean;
}

/** Undefined: there is no address (`<>`, comments only). */
export function addressOf(given: readonly Token[]): Spec | undefined {
  const tokens = given.filter(({ kind }) => kind !== 'comment');
  if (tokens.length === 0) return undefined;
  const external = tokens.reduce(
    (text, token, index) => text + gap(tokens[index - 1], token) + token.raw,
    '',
  );
  const used = withoutRoute(tokens);
  const address = used.reduce(
    (text, token, index) => text + gap(used[index - 1], token) + tokenText(token),
    '',
  );
  const hasDomain = used.some((token) => isSign(token, '@'));
  return { address, external, fixed: address === '' || (!hasDomain && address.includes('@')) };
}

/** `@a,@b:user@host` without what stands up to the colon. */
export function withoutRoute(tokens: readonly Token[]): readonly Token[] {
  if (!isSign(tokens[0], '@')) return tokens;
  const colon = tokens.findIndex((token) => isSign(token, ':'));
  return colon < 0 ? tokens : tokens.slice(colon + 1);
}

/** Two words side by side keep a blank between them: it belongs to the local part. */
function gap(previous: Token | undefined, token: Token): string {
  return previous && isWord(previous) && isWord(token) ? ' ' : '';
}
