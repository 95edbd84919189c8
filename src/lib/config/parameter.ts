/**
 * config/parameter - how a main.cf parameter is declared.
 *
 * The default is Postfix's own text, unexpanded: postconf -d prints it, and parse() is applied to it after expansion
 * just as to a value from main.cf. Declarations: parameter/<program>.ts, gathered in parameters.ts.
 */

export type ParameterStatus =
  | { readonly is: 'works' }
  /** Accepted; can have no effect here. The reason stands in COMPATIBILITY.md. */
  | { readonly is: 'no-effect'; readonly reason: string }
  /** To be built; setting it warns at start. */
  | { readonly is: 'not-yet' };

export const works: ParameterStatus = { is: 'works' };
export const noEffect = (reason: string): ParameterStatus => ({ is: 'no-effect', reason });

export interface Parameter<T> {
  readonly kind: 'string' | 'raw' | 'bool' | 'integer' | 'time' | 'long';
  readonly default: string;
  /** Expanded text to value. @throws {Error} what is wrong and what to write instead */
  readonly parse: (text: string) => T;
  readonly status: ParameterStatus;
  /** Programs that read it. */
  readonly by: readonly string[];
  readonly doc: string;
}

export interface Declaration {
  readonly default: string;
  readonly status?: ParameterStatus;
  readonly by?: readonly string[];
  readonly doc?: string;
}

function declare<T>(
  kind: Parameter<T>['kind'],
  parse: (text: string) => T,
  given: Declaration,
): Parameter<T> {
  return {
    kind,
    default: given.default,
    parse,
    status: given.status ?? { is: 'not-yet' },
    by: given.by ?? [],
    doc: given.doc ?? '',
  };
}

/** Text, expanded. `min: 1`: not empty; `oneOf`: the words that it may be, in small letters. */
export const string = (
  given: Declaration & { readonly min?: 1; readonly oneOf?: readonly string[] },
): Parameter<string> => declare('string', (text) => parseString(text, given), given);

/** Text whose `$name` are kept for later (`smtpd_banner` is not one; `forward_path` is). */
export const raw = (given: Declaration): Parameter<string> => declare('raw', (text) => text, given);

export const bool = (given: Declaration): Parameter<boolean> => declare('bool', parseBool, given);

export const integer = (
  given: Declaration & { readonly min?: number; readonly max?: number },
): Parameter<number> =>
  declare('integer', (text) => parseInteger(text, given.min, given.max), given);

/** Seconds. `unit` is what a number without a suffix means (postconf(5): s, m, h, d, w). */
export const time = (
  given: Declaration & { readonly unit?: TimeUnit; readonly min?: number },
): Parameter<number> =>
  declare('time', (text) => parseTime(text, given.unit ?? 's', given.min), given);

export type TimeUnit = 's' | 'm' | 'h' | 'd' | 'w';

const secondsPer: Record<TimeUnit, number> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };

function parseString(
  text: string,
  { min, oneOf }: { readonly min?: 1; readonly oneOf?: readonly string[] },
): string {
  if (min === 1 && text === '')
    throw new Error('must not be empty; write a value, or remove the line');
  if (oneOf && !oneOf.includes(text.toLowerCase()))
    throw new Error(`bad value: ${text}; write ${oneOf.join(' or ')}`);
  return text;
}

function parseBool(text: string): boolean {
  const lower = text.trim().toLowerCase();
  if (lower === 'yes') return true;
  if (lower === 'no') return false;
  throw new Error(`bad boolean value: ${text}; write yes or no`);
}

function parseInteger(given: string, min?: number, max?: number): number {
  const text = given.trim();
  if (!/^-?\d{1,15}$/.test(text))
    throw new Error(`bad numerical value: ${text}; write a whole number`);
  const value = Number(text);
  if (min !== undefined && value < min)
    throw new Error(`invalid value ${text}; write ${min} or more`);
  if (max !== undefined && value > max)
    throw new Error(`invalid value ${text}; write ${max} or less`);
  return value;
}

function parseTime(given: string, unit: TimeUnit, min?: number): number {
  const text = given.trim();
  const match = /^(\d{1,12})([smhdw]?)$/.exec(text);
  if (!match)
    throw new Error(`bad time value or unit: ${text}; write a number and s, m, h, d or w`);
  const value = Number(match[1]) * secondsPer[(match[2] === '' ? unit : match[2]) as TimeUnit];
  if (min !== undefined && value < min)
    throw new Error(`invalid time ${text}; write ${min}s or more`);
  return value;
}
