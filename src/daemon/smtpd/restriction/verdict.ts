/** restriction/verdict - what a restriction answers. */
import type { Reply } from '../../../lib/protocol/smtp/reply.js';

export type Verdict =
  | { readonly is: 'permit' }
  | { readonly is: 'dunno' }
  | { readonly is: 'reject'; readonly reply: Reply }
  /** Reject and hang up. */
  | { readonly is: 'drop'; readonly reply: Reply };

export const permit: Verdict = { is: 'permit' };
export const dunno: Verdict = { is: 'dunno' };
export const reject = (answer: Reply): Verdict => ({ is: 'reject', reply: answer });
