/** dict/type/simple - the kinds that are a line or two: environ, internal, fail, randmap. */
import { randomInt } from 'node:crypto';
import { splitList } from '../../util/list.js';
import type { LookupResult } from '../dict.js';
import { foldKey } from '../fold.js';
import { type DictType, TableError } from '../type.js';
import { mapDict } from './fixed.js';

/** `environ:x`: the variables of the process, whatever x is. */
export const environ: DictType = {
  name: 'environ',
  open: (name, { fold }) => ({
    name: `environ:${name}`,
    isPattern: false,
    lookup(key): LookupResult {
      const value = process.env[fold ? foldKey(key) : key];
      return value === undefined ? { is: 'not-found' } : { is: 'found', value };
    },
    close: () => undefined,
  }),
};

/** `internal:x`: a table in memory, for ever empty since nothing here writes to one. */
export const internal: DictType = {
  name: 'internal',
  open: (name, context) => mapDict(`internal:${name}`, new Map(), context),
};

/** `fail:x`: every lookup fails, to see how the rest bears it. */
export const fail: DictType = {
  name: 'fail',
  open: (name) => ({
    name: `fail:${name}`,
    isPattern: false,
    lookup: () => ({ is: 'error', reason: 'Application error' }),
    close: () => undefined,
  }),
};

/** `randmap:{one, two}`: one of the values, by chance. */
export const randmap: DictType = {
  name: 'randmap',
  open(name) {
    const values = splitList(/^\{(.*)\}$/s.exec(name.trim())?.[1] ?? '').map(
      (value) => /^\{(.*)\}$/s.exec(value)?.[1]?.trim() ?? value,
    );
    if (values.length === 0)
      throw new TableError(`bad syntax: "randmap:${name}"; need "randmap:{value...}"`);
    return {
      name: `randmap:${name}`,
      isPattern: true,
      lookup: () => ({ is: 'found', value: values[randomInt(values.length)] ?? '' }),
      close: () => undefined,
    };
  },
};
