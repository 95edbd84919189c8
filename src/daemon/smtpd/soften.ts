/** smtpd/soften - soft_bounce: what would be refused for good is refused for now. */
import type { Reply } from '../../lib/protocol/smtp/reply.js';

/** A 5xx reply as 4xx, its enhanced code with it. */
export function softened(answer: Reply): Reply {
  if (answer.code < 500) return answer;
  return { ...answer, code: answer.code - 100, enhanced: answer.enhanced.replace(/^5/, '4') };
}
