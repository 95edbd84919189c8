/**
 * cleanup/milter/header-check - milter_header_checks: header fields that filters add or change.
 *
 * A table's answer is one of header_checks(5): IGNORE, REPLACE, WARN, INFO, DISCARD, HOLD, REJECT, and so on.
 */
import type { MilterVerdict } from '../../../lib/ipc/conversation/milters.js';

export interface CheckedField {
  /** Undefined: the field is not added. */
  readonly text: string | undefined;
  readonly verdict?: MilterVerdict;
}

export type HeaderCheck = (text: string) => Promise<CheckedField>;

export const unchecked: HeaderCheck = async (text) => ({ text });
