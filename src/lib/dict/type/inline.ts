/** dict/type/inline - `inline:{ key=value, { key = text with blanks } }`: a table within main.cf. */
import { splitList } from '../../util/list.js';
import { foldKey } from '../fold.js';
import { type DictType, TableError } from '../type.js';
import { mapDict } from './fixed.js';

export const inline: DictType = {
  name: 'inline',
  open(name, context) {
    const match = /^\{(.*)\}$/s.exec(name.trim());
    if (!match) throw new TableError(`inline:${name}: need "{name=value...}"`);
    const entries = new Map<string, string>();
    for (const element of splitList(match[1] ?? '')) {
      const text = element.startsWith('{') ? element.slice(1, -1).trim() : element;
      const equals = text.indexOf('=');
      if (equals <= 0)
        throw new TableError(`inline:${name}: bad entry "${element}"; write key=value`);
      const key = text.slice(0, equals).trim();
      entries.set(context.fold ? foldKey(key) : key, text.slice(equals + 1).trim());
    }
    return mapDict(`inline:${name}`, entries, context);
  },
};
