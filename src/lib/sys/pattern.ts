/** sys/pattern - a compiled regular expression of whatever engine. */
export interface CompiledPattern {
  readonly groups: number;
  /**
   * Undefined: no match. Else the text of the match and of each group ('' for one that took no part), or an empty
   * list when groups are not wanted.
   *
   * @param subject UTF-8 that ends with NUL @throws {Error} the engine gave up
   */
  match(subject: Buffer, wantGroups: boolean): readonly string[] | undefined;
  /** Memory of the engine; afterwards it must not be used. */
  free(): void;
}

/** The engine is not on this machine. */
export class Unavailable extends Error {
  constructor(what: string, options?: ErrorOptions) {
    super(`${what} cannot be loaded`, options);
    this.name = 'Unavailable';
  }
}
