/**
 * dict/open - the opener that programs share: each table is opened once, and again when its file has changed.
 *
 * A table that cannot be opened answers `error` (so that mail is deferred, not refused), is said once, and is tried
 * again from time to time. Postfix: dict_open(3), dict_changed(3).
 */
import type { Log } from '../log/log.js';
import type { Dict, LookupResult } from './dict.js';
import { isSame, signatureAt } from './file/signature.js';
import type { FileSignature } from './file/format.js';
import type { DictOpener } from './opener.js';
import { type DictContext, TableError } from './type.js';
import { dictType } from './types.js';

export interface OpenerOptions {
  readonly log: Log;
  readonly monotonic?: () => number;
}

const checkMs = 1000; // a changed file is noticed within a second

export function createDictOpener({ log, monotonic = () => performance.now() }: OpenerOptions): DictOpener {
  const tables = new Map<string, SharedTable>();
  const context: DictContext = { log, monotonic, fold: true, open: (spec) => open(spec) };
  const open = (spec: string): Dict => {
    let table = tables.get(spec);
    if (!table) {
      table = new SharedTable(spec, context);
      tables.set(spec, table);
    }
    return table;
  };
  return {
    open,
    close() {
      for (const table of tables.values()) table.close();
      tables.clear();
    },
  };
}

/** A table by its name; what is behind it is opened when first asked, and again after a change. */
class SharedTable implements Dict {
  readonly name: string;
  readonly #context: DictContext;
  #current: Dict | undefined;
  #problem = '';
  #signature: FileSignature | undefined;
  #checkedAt = -Infinity;

  constructor(spec: string, context: DictContext) {
    this.name = spec;
    this.#context = context;
    this.#refresh();
  }

  get isPattern(): boolean {
    return this.#current?.isPattern ?? false;
  }

  lookup(key: string): LookupResult | Promise<LookupResult> {
    this.#refresh();
    return this.#current ? this.#current.lookup(key) : { is: 'error', reason: this.#problem };
  }

  close(): void {
    this.#current?.close();
    this.#current = undefined;
  }

  #refresh(): void {
    const now = this.#context.monotonic();
    if (now - this.#checkedAt < checkMs) return;
    this.#checkedAt = now;
    const { type, name } = split(this.name);
    const row = dictType(type);
    const file = name.startsWith('/') ? `${name}${row?.format?.suffix ?? ''}` : undefined;
    const signature = file === undefined ? undefined : signatureAt(file);
    const isUnchanged =
      file === undefined || (signature === undefined ? this.#signature === undefined : this.#signature !== undefined && isSame(signature, this.#signature));
    if (this.#current && isUnchanged) return;
    if (!this.#current && this.#problem !== '' && isUnchanged && file !== undefined) return;
    this.close();
    this.#signature = signature;
    try {
      if (!row) throw new TableError(`unsupported dictionary type: ${type}`);
      this.#current = row.open(name, this.#context);
      this.#problem = '';
    } catch (error) {
      const text = (error as Error).message;
      if (text !== this.#problem) this.#context.log.error(text);
      this.#problem = text;
    }
  }
}

function split(spec: string): { type: string; name: string } {
  const colon = spec.indexOf(':');
  // A bare path is of the default type, as Postfix has it.
  return colon < 0 ? { type: 'hash', name: spec } : { type: spec.slice(0, colon), name: spec.slice(colon + 1) };
}
