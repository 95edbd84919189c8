/** fuzz/target - what is fuzzed: one parser, or one state machine, with what must always hold for it. */

export interface FuzzTarget {
  /** Also the name of its folder in the corpus. */
  readonly name: string;
  /** Good inputs to begin with. Texts are one char a byte. */
  readonly seeds: readonly (string | Buffer)[];
  /** Words of the language, to put in and to repeat. */
  readonly words: readonly string[];
  /** Longest input in bytes; 100,000 unless told. */
  readonly maxLength?: number;
  /** C code may crash the process: each input is written to a file before it runs. */
  readonly isNative?: boolean;
  /** Bytes are what matters: bits are turned more often, and words less. */
  readonly isBinary?: boolean;
  /** Makes the function that takes an input. What it throws is a finding. */
  start(): (input: Buffer) => void | Promise<void>;
}

/** What must hold does not. */
export class Finding extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Finding';
  }
}

/** @throws {Finding} */
export function must(holds: boolean, what: string | (() => string)): asserts holds {
  if (!holds) throw new Finding(typeof what === 'string' ? what : what());
}

type ErrorClass = abstract new (...args: never[]) => Error;

/** Runs `action`; errors of the declared classes are an answer like any other: undefined. */
export function declared<T>(errors: readonly ErrorClass[], action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (errors.some((known) => error instanceof known)) return undefined;
    throw error;
  }
}

const lineBreaks = /[\x00-\x1f\x7f\u0085\u2028\u2029]/;

/** For a log, a reply or a header field: nothing in it may begin a line or steer a terminal. */
export function mustBeOneLine(text: string, what: string): void {
  must(
    !lineBreaks.test(text),
    () => `${what} is not one line: ${JSON.stringify(text.slice(0, 200))}`,
  );
}

export function mustEqual(actual: string, expected: string, what: string): void {
  if (actual === expected) return;
  let at = 0;
  while (actual[at] === expected[at]) at += 1;
  const near = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 10), at + 30));
  throw new Finding(`${what}: ${near(actual)} instead of ${near(expected)}, position ${at}`);
}

/** No input may have changed what all objects inherit. */
export function mustBeUnpolluted(): void {
  for (const name in Object.prototype) throw new Finding(`Object.prototype has got ${name}`);
}
