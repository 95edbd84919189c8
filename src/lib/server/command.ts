/**
 * server/command - runs a command line program: one place for errors and exit statuses.
 *
 * A FatalError becomes `name: fatal: text` on standard error and its exit status, as Postfix's msg_fatal().
 */
import process from 'node:process';
import { FatalError } from '../util/fatal-error.js';
import { sysexits } from '../util/sysexits.js';

/** Runs `main` with the arguments and leaves its exit status; standard output is flushed before the end. */
export async function runCommand(
  name: string,
  main: (args: readonly string[]) => number | Promise<number>,
): Promise<void> {
  // A reader that went away (`mailq | head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof FatalError)) {
      console.error(
        `${name}: panic: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      process.exitCode = sysexits.software;
      return;
    }
    console.error(`${name}: fatal: ${error.message}`);
    process.exitCode = error.exitStatus;
  }
}
