/** util/fatal-error - the error a program ends with: a text for the person, a status for the caller. */

/** Wrong configuration, missing files, missing rights: whatever must stop a command or a start. */
export class FatalError extends Error {
  /** One of sysexits. */
  readonly exitStatus: number;

  constructor(message: string, exitStatus: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FatalError';
    this.exitStatus = exitStatus;
  }
}
