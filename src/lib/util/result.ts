/** util/result - the error a program ends with: a text for the person, a status for the caller. */

/** Wrong configuration, missing files, missing rights: whatever must stop a command or a start. */
export class FatalError extends Error {
  /** @param exitStatus one of sysexits */
  constructor(
    message: string,
    readonly exitStatus: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'FatalError';
  }
}
