/** dict/type/texthash - the source file of a table, read as it is, without postmap. */
import { foldKey } from '../fold.js';
import { readLines } from '../text/read.js';
import { parseSourceLine } from '../text/source.js';
import type { DictType } from '../type.js';
import { mapDict } from './fixed.js';

export const texthash: DictType = {
  name: 'texthash',
  file: (path) => path,
  open(path, context) {
    const entries = new Map<string, string>();
    for (const line of readLines(path, context, 'database ')) {
      const where = `${path}, line ${line.line}`;
      const { entry, problem } = parseSourceLine(line);
      if (problem !== undefined) {
        const isIgnored = !entry && !problem.endsWith('ignoring this line');
        context.log.warning(`${where}: ${problem}${isIgnored ? ' -- ignoring this line' : ''}`);
      }
      if (!entry) continue;
      const key = context.fold ? foldKey(entry.key) : entry.key;
      if (entries.has(key)) context.log.warning(`${where}: duplicate entry: "${key}"`);
      else entries.set(key, entry.value);
    }
    return mapDict(`texthash:${path}`, entries, context);
  },
};
