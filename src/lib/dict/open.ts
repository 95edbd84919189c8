/**
 * dict/open - the opener that programs share: each table is opened once, and again when its file has changed.
 *
 * A table that cannot be opened answers `error` (so that mail is deferred, not refused), is said once a change, and
 * is tried again as soon as its file is another. Postfix: dict_open(3), dict_changed(3), dict_surrogate(3).
 */
import type { Log } from '../log/log.js';
import type { Dict, LookupResult } from './dict.js';
import type { FileSignature } from './file/format.js';
import type { HandedSource } from './file/handed.js';
import { isSame, signatureAt } from './file/signature.js';
import type { LookupListener } from './lookup-record.js';
import type { DictOpener, OpenOptions } from './opener.js';
import { type DictContext, type DictType, TableError } from './type.js';
import { dictType } from './types.js';

export interface OpenerOptions {
  readonly log: Log;
  /** Milliseconds; tests move them by hand. */
  readonly monotonic?: () => number;
  /** default_database_type: what a name without a type is. */
  readonly defaultType?: string;
  readonly handed?: HandedSource | undefined;
  /** A name of main.cf, expanded. */
  readonly setting?: (name: string) => string | undefined;
  /** Hears what maps and lists look at. */
  readonly onLookup?: LookupListener;
}

const checkMs = 1000; // a changed file is noticed within a second, at the price of one stat
const retryMs = 10_000; // a table without a file of its own (a server, a nested table) is tried again

export function createDictOpener(options: OpenerOptions): DictOpener {
  const {
    log,
    monotonic = () => performance.now(),
    defaultType = 'hash',
    handed,
    setting,
  } = options;
  const tables = new Map<string, SharedTable>();
  const contextOf = (literalResults: boolean): DictContext => ({
    log,
    fold: true,
    literalResults,
    open: (spec) => open(spec, { literalResults }),
    ...(handed === undefined ? {} : { handed }),
    ...(setting === undefined ? {} : { setting }),
  });
  const [anyResults, literalOnly] = [contextOf(false), contextOf(true)];
  const open = (spec: string, { literalResults = false }: OpenOptions = {}): Dict => {
    const key = `${literalResults ? 'literal' : 'any'} ${spec}`;
    let table = tables.get(key);
    if (!table) {
      const context = literalResults ? literalOnly : anyResults;
      table = new SharedTable(splitSpec(spec, defaultType), context, monotonic);
      tables.set(key, table);
    }
    return table;
  };
  return {
    open,
    onLookup: options.onLookup,
    close() {
      for (const table of tables.values()) table.close();
      tables.clear();
    },
  };
}

export interface TableSpec {
  readonly type: string;
  readonly name: string;
}

/** `type:name`; a bare path is of the default type. */
export function splitSpec(spec: string, defaultType: string): TableSpec {
  const colon = spec.indexOf(':');
  return colon < 0
    ? { type: defaultType, name: spec }
    : { type: spec.slice(0, colon), name: spec.slice(colon + 1) };
}

/** A table by its name; what is behind it is opened when the name is, and again after a change. */
class SharedTable implements Dict {
  readonly name: string;
  readonly #spec: TableSpec;
  readonly #row: DictType | undefined;
  readonly #file: string | undefined;
  readonly #context: DictContext;
  readonly #monotonic: () => number;
  #current: Dict | undefined;
  #problem = '';
  #signature: FileSignature | undefined;
  #checkedAt = -Infinity;

  constructor(spec: TableSpec, context: DictContext, monotonic: () => number) {
    this.name = `${spec.type}:${spec.name}`;
    this.#spec = spec;
    this.#row = dictType(spec.type);
    this.#file = this.#row?.file?.(spec.name);
    this.#context = context;
    this.#monotonic = monotonic;
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
    const now = this.#monotonic();
    const waitMs = this.#file === undefined ? retryMs : checkMs;
    if (now - this.#checkedAt < waitMs) return;
    const isFirst = this.#checkedAt === -Infinity;
    this.#checkedAt = now;
    if (this.#file === undefined) {
      if (!this.#current) this.#open();
      return;
    }
    const signature = this.#context.handed?.signature(this.#file) ?? signatureAt(this.#file);
    if (!isFirst && isUnchanged(signature, this.#signature)) return;
    this.#signature = signature;
    this.#open();
  }

  #open(): void {
    this.close();
    try {
      const { type, name } = this.#spec;
      if (name === '')
        throw new TableError(
          `open dictionary: expecting "type:name" form instead of "${this.name}"`,
        );
      if (!this.#row) throw new TableError(`unsupported dictionary type: ${type}`);
      this.#current = this.#row.open(name, this.#context);
      this.#problem = '';
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (text !== this.#problem) this.#context.log.error(text);
      this.#problem = text;
    }
  }
}

function isUnchanged(one: FileSignature | undefined, other: FileSignature | undefined): boolean {
  return one === undefined || other === undefined ? one === other : isSame(one, other);
}
