/**
 * server/accept-gate - takes connections of one service, no more at a time than its line of master.cf says.
 *
 * While as many are served as may be, nothing is accepted: clients wait in the kernel's backlog, as with Postfix. A
 * listening socket cannot be paused in Node, so each round listens on a copy of the descriptor and closes that.
 * Postfix: master_avail.c.
 */
import net from 'node:net';
import { duplicateDescriptor } from '../sys/listen-socket.js';

export interface GateOptions {
  /** Connections at a time; 0: no limit. */
  readonly limit: number;
  /** Nothing is read of a connection here: its descriptor goes to someone else. */
  readonly unread?: boolean;
  /** `done` is called once, when the connection is no longer served. */
  readonly accept: (socket: net.Socket, done: () => void) => void;
  /** As many as may be are served now. */
  readonly onFull?: () => void;
  readonly onError: (error: Error) => void;
}

export class AcceptGate {
  readonly #options: GateOptions;
  /** Listening sockets that are accepted on while there is room. */
  readonly #descriptors: number[];
  #servers: net.Server[] = [];
  #serving = 0;
  #isClosed = false;

  /** @param descriptors stay the caller's, and open as long as the gate is */
  constructor(descriptors: readonly number[], options: GateOptions) {
    this.#descriptors = [...descriptors];
    this.#options = options;
    this.#open();
  }

  get serving(): number {
    return this.#serving;
  }

  /** Nothing more is accepted; what is served goes on. */
  close(): void {
    this.#isClosed = true;
    this.#shut();
  }

  #open(): void {
    this.#servers = this.#descriptors.map((fd) => this.#listen(fd));
  }

  #shut(): void {
    for (const server of this.#servers) server.close();
    this.#servers = [];
  }

  #listen(fd: number): net.Server {
    const server = net.createServer(
      { allowHalfOpen: true, noDelay: true, pauseOnConnect: this.#options.unread ?? false },
      (socket) => this.#accepted(socket),
    );
    server.on('error', (error) => this.#options.onError(error));
    return server.listen({ fd: duplicateDescriptor(fd) });
  }

  #accepted(socket: net.Socket): void {
    const { limit, accept, onFull } = this.#options;
    this.#serving += 1;
    if (limit > 0 && this.#serving >= limit) {
      this.#shut();
      onFull?.();
    }
    let isDone = false;
    accept(socket, () => {
      if (isDone) return;
      isDone = true;
      this.#serving -= 1;
      if (this.#servers.length === 0 && !this.#isClosed) this.#open();
    });
  }
}
