/**
 * dict/type/nis - NIS maps, which the default of alias_maps names: empty where this machine is in no NIS domain.
 *
 * NIS itself is not spoken: where there is a domain the table is in trouble, so that mail waits. Postfix: dict_nis.c.
 */
import { readFileSync } from 'node:fs';
import { type DictType, TableError } from '../type.js';
import { mapDict } from './fixed.js';

export const nis: DictType = {
  name: 'nis',
  open(name, context) {
    const domain = nisDomain();
    if (domain !== undefined)
      throw new TableError(
        `nis:${name}: NIS is not supported; this machine is in domain ${domain}`,
      );
    return mapDict(`nis:${name}`, new Map(), context);
  },
};

function nisDomain(): string | undefined {
  try {
    const domain = readFileSync('/proc/sys/kernel/domainname', 'latin1').trim();
    return domain === '' || domain === '(none)' ? undefined : domain;
  } catch {
    return undefined; // no Linux: no NIS of ours
  }
}
