/**
 * auth/exchange - one AUTH exchange as its caller sees it: a first step, then a step for each response.
 *
 * Counterparts: auth/mechanisms (we check), auth/dovecot/server (Dovecot checks). Standards: RFC 4422, RFC 4954.
 */

export type Step =
  /** The server says this and waits for a response. */
  | { readonly is: 'challenge'; readonly data: Buffer }
  /** `user` as logs and restrictions name it, its realm included where it has one. */
  | { readonly is: 'done'; readonly user: string }
  | Failure;

export interface Failure {
  readonly is: 'failed';
  /** Not the client's fault: it may try again later. */
  readonly isTemporary: boolean;
  /** For the client, and for the log. */
  readonly reason: string;
  /** For the log only: what exactly was wrong. */
  readonly detail?: string;
  /** The name that was tried, if it came that far. */
  readonly user?: string;
}

/** The words of Cyrus SASL for its results: programs that read mail logs know them. */
export const reasons = {
  credentials: 'authentication failure',
  protocol: 'bad protocol / cancel',
  base64: 'another step is needed in authentication',
  mechanism: 'no mechanism available',
  tooWeak: 'encryption needed to use mechanism',
  trouble: 'generic failure',
} as const;

type Details = { readonly detail?: string; readonly user?: string };

export function failed(
  kind: Exclude<keyof typeof reasons, 'trouble'>,
  more: Details = {},
): Failure {
  return { is: 'failed', isTemporary: false, reason: reasons[kind], ...more };
}

/** Something of ours is out of order: nobody is told that a password is wrong. */
export function trouble(detail: string, user?: string): Failure {
  const named = user === undefined ? {} : { user };
  return { is: 'failed', isTemporary: true, reason: reasons.trouble, detail, ...named };
}

export const challenge = (data: Buffer | string): Step => ({
  is: 'challenge',
  data: typeof data === 'string' ? Buffer.from(data) : data,
});

/** Undefined: not base64. RFC 4648 section 4, with padding and nothing else. */
export function decodeBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}
