/** agent/mailbox/problem - system errors as delivery status: code of RFC 3463 and the system's words. */
import { errnoText } from '../../util/errno-text.js';

/** Trouble with a mailbox is taken as temporary: disks are emptied and rights mended. */
export function systemProblem(error: NodeJS.ErrnoException): {
  readonly dsn: string;
  readonly text: string;
} {
  const text = errnoText(error);
  switch (error.code) {
    case 'ENOSPC':
      return { dsn: '4.3.0', text };
    case 'EDQUOT':
    case 'EFBIG':
      return { dsn: '4.2.2', text };
    default:
      return { dsn: '4.2.0', text };
  }
}
