/** dict/type/inline - `inline:{ key=value, { key = text with blanks } }`: a table within main.cf. */
import { splitList } from '../../util/list.js';
import { foldKey } from '../fold.js';
import { type DictType, TableError } from '../type.js';
import { mapDict } from './fixed.js';

const need = 'need "inline:{name=value...}"';

export const inline: DictType = {
  name: 'inline',
  open(name, context) {
    const elements = splitList(/^\{(.*)\}$/s.exec(name.trim())?.[1] ?? '');
    if (elements.length === 0) throw new TableError(`bad syntax: "inline:${name}"; ${need}`);
    const entries = new Map<string, string>();
    for (const element of elements) {
      const text = /^\{(.*)\}$/s.exec(element)?.[1] ?? element;
      const equals = text.indexOf('=');
      if (equals < 0)
        throw new TableError(`missing '=' after attribute name: "inline:${name}"; ${need}`);
      const key = text.slice(0, equals).trim();
      if (key === '') throw new TableError(`missing attribute name: "inline:${name}"; ${need}`);
      entries.set(context.fold ? foldKey(key) : key, text.slice(equals + 1).trim());
    }
    return mapDict(`inline:${name}`, entries, context);
  },
};
