/** command/keywords - which extensions smtpd_discard_ehlo_keywords takes away, in upper case. */
import { splitList } from '../../../lib/util/list.js';
import type { Service } from '../service.js';

export function discardedKeywords({ settings }: Service): ReadonlySet<string> {
  return new Set(splitList(settings.smtpd_discard_ehlo_keywords).map((word) => word.toUpperCase()));
}
