/**
 * sys/directory-sync - makes the entries of a directory durable, many changes with one sync.
 *
 * A sync that is asked for while one is under way waits for the next: the running one may have begun before the
 * change. So there are at most two for any number of changes in that time.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { syncFile } from './file-calls.js';

interface State {
  running: Promise<void>;
  next: Promise<void> | undefined;
}

export class DirectorySync {
  readonly #states = new Map<string, State>();

  /** Resolves when every entry that was made before the call is on disk. */
  sync(directory: string): Promise<void> {
    const state = this.#states.get(directory);
    if (!state) {
      const fresh: State = { running: Promise.resolve(), next: undefined };
      this.#states.set(directory, fresh);
      return this.#run(directory, fresh);
    }
    state.next ??= state.running.then(
      () => this.#run(directory, state),
      () => this.#run(directory, state),
    );
    return state.next;
  }

  #run(directory: string, state: State): Promise<void> {
    state.next = undefined;
    state.running = syncDirectory(directory).finally(() => {
      if (state.next === undefined) this.#states.delete(directory);
    });
    return state.running;
  }
}

/** Opened each time: a descriptor that is kept might be of a directory that has gone. */
export async function syncDirectory(directory: string): Promise<void> {
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await syncFile(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
