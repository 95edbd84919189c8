/**
 * config/values - Settings made of an ordered list of sources: -o of a service, main.cf, declared defaults.
 *
 * One getter a parameter, on a prototype shared by all Settings; a value is computed once and kept.
 */
import { FatalError } from '../util/fatal-error.js';
import { own } from '../util/own.js';
import { sysexits } from '../util/sysexits.js';
import { dynamicParameter, transportBases } from './dynamic.js';
import { expand } from './expand.js';
import type { Parameter } from './parameter.js';
import { parameters } from './parameters.js';
import type { Settings, SettingsSource, TransportSuffix } from './settings.js';
import { systemDefaults } from './system-defaults.js';

export interface RawValue {
  readonly value: string;
  /** `main.cf line 12`. */
  readonly origin: string;
}

/** First source wins. */
export type RawSources = readonly ReadonlyMap<string, RawValue>[];

const table = parameters as Readonly<Record<string, Parameter<unknown> | undefined>>;

class Source implements SettingsSource {
  readonly #sources: RawSources;
  readonly #context: Readonly<Record<string, string>>;

  constructor(sources: RawSources, context: Readonly<Record<string, string>>) {
    this.#sources = sources;
    this.#context = context;
  }

  #given(name: string): RawValue | undefined {
    for (const source of this.#sources) {
      const found = source.get(name);
      if (found) return found;
    }
    return undefined;
  }

  origin(name: string): string | undefined {
    return this.#given(name)?.origin;
  }

  raw(name: string): string | undefined {
    const given = this.#given(name)?.value ?? own(this.#context, name);
    if (given !== undefined) return given;
    const system = own(systemDefaults, name);
    if (system) {
      return system({
        value: (other) => this.expand(this.raw(other) ?? ''),
        isSet: (other) => this.#given(other) !== undefined,
      });
    }
    return own(table, name)?.default;
  }

  expand(text: string): string {
    return expand(text, (name) => this.raw(name));
  }

  /** Expanded and parsed. @throws {FatalError} with origin, name, value and remedy */
  value(name: string): unknown {
    const parameter = own(table, name);
    if (!parameter) throw new Error(`no parameter ${name}`);
    return this.#parsed(name, parameter);
  }

  #parsed(name: string, parameter: Parameter<unknown>): unknown {
    const text = this.raw(name) ?? '';
    try {
      return parameter.parse(parameter.kind === 'raw' ? text : this.expand(text));
    } catch (error) {
      const where = this.origin(name);
      throw new FatalError(
        `${where === undefined ? '' : `${where}: `}${name} = ${text}: ${(error as Error).message}`,
        sysexits.config,
        { cause: error },
      );
    }
  }

  check(name: string): void {
    const parameter = own(table, name) ?? dynamicParameter(name)?.parameter;
    if (parameter) this.#parsed(name, parameter);
    else this.expand(this.raw(name) ?? '');
  }

  forTransport(transport: string, suffix: TransportSuffix): number {
    const ownName = `${transport}_${suffix}`;
    const base = transportBases[suffix];
    const parameter = own(table, ownName) ?? table[base];
    if (!parameter) throw new Error(`no parameter ${base}`);
    const name = own(table, ownName) || this.#given(ownName) ? ownName : base;
    return this.#parsed(name, parameter) as number;
  }

  timeLimit(service: string): number {
    const ownName = `${service}_time_limit`;
    const dynamic = dynamicParameter(ownName);
    if (!dynamic) throw new Error(`no parameter ${ownName}`);
    return this.#parsed(this.#given(ownName) ? ownName : dynamic.base, dynamic.parameter) as number;
  }
}

class Values {
  readonly source: Source;
  readonly #kept = new Map<string, unknown>();

  constructor(source: Source) {
    this.source = source;
  }

  get(name: string): unknown {
    const kept = this.#kept.get(name);
    if (kept !== undefined) return kept;
    const value = this.source.value(name);
    this.#kept.set(name, value);
    return value;
  }
}

// On an object of its own that knows no shape: a thousand properties on the prototype of a class would each make a
// new one, and cost every command half its start.
const accessors: object = Object.create(null) as object;
for (const name of Object.keys(table)) {
  Object.defineProperty(accessors, name, {
    get(this: Values) {
      return this.get(name);
    },
  });
}
Object.setPrototypeOf(Values.prototype, accessors);

/** @param context names that are not parameters but stand in for some: `stress`, `service_name` */
export function createSettings(
  sources: RawSources,
  context: Readonly<Record<string, string>> = {},
): Settings {
  return new Values(new Source(sources, context)) as unknown as Settings;
}

/** Evaluates every given value, of parameters and of names of one's own; all problems in order. */
export function checkValues(settings: Settings, names: Iterable<string>): string[] {
  const problems: string[] = [];
  for (const name of names) {
    try {
      settings.source.check(name);
    } catch (error) {
      const { source } = settings;
      problems.push(
        error instanceof FatalError
          ? error.message
          : `${source.origin(name) ?? 'main.cf'}: ${name} = ${source.raw(name) ?? ''}: ${(error as Error).message}`,
      );
    }
  }
  return problems;
}
