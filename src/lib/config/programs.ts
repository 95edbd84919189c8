/**
 * config/programs - the programs that a line of master.cf can name, and how each stands here.
 *
 * Every program of Postfix's stock master.cf has a row; COMPATIBILITY.md is made from it.
 */
import type { MasterService } from './master-cf.js';

export interface Program {
  /** `inside`: part of the server whatever its line says; nothing outside speaks to its socket. */
  readonly state: 'works' | 'inside' | 'not-yet';
  /** Of those that serve connections: which process takes them. */
  readonly listens?: 'edge' | 'master';
  /** For COMPATIBILITY.md; what to write instead, when it is not built. */
  readonly note?: string;
}

const works: Program = { state: 'works' };
const inside = (note: string): Program => ({ state: 'inside', note });
const notYet = (note: string): Program => ({ state: 'not-yet', note });

export const programs: Readonly<Record<string, Program | undefined>> = {
  smtpd: { state: 'works', listens: 'edge' },
  qmqpd: { state: 'works', listens: 'edge' },
  spawn: { state: 'works', listens: 'master' },
  pickup: works,
  cleanup: works,
  qmgr: works,
  nqmgr: { state: 'works', note: 'it is qmgr' },
  oqmgr: { state: 'works', note: 'it is qmgr' },
  'trivial-rewrite': works,
  bounce: works,
  smtp: works,
  lmtp: works,
  local: works,
  virtual: works,
  pipe: works,
  error: { state: 'works', note: 'also as the service retry' },
  discard: works,
  anvil: works,
  showq: works,
  tlsmgr: inside(
    'sessions are resumed by tickets, whose keys master makes and hands to the workers',
  ),
  proxymap: inside('tables are shared within a process'),
  flush: { state: 'works', note: 'a flush of a site looks at the queue itself' },
  scache: inside('smtp keeps its connections itself'),
  postlogd: inside('every process appends to the log itself'),
  nbdb_reindexd: inside('Berkeley DB tables are read and written by our own code'),
  verify: works,
  postscreen: notYet('write the line with smtpd instead: smtp inet n - y - - smtpd'),
  dnsblog: notYet('only postscreen uses it: remove the line'),
  tlsproxy: notYet('only postscreen uses it: remove the line'),
};

/** Lines that take connections which nobody would serve: the start is refused. */
export function programProblems(services: readonly MasterService[]): string[] {
  return services.flatMap(({ type, command, origin }) => {
    const program = programs[command];
    if (type !== 'inet' || program?.listens) return [];
    return [`${origin}: ${problem(command, program)}`];
  });
}

/** Lines of other types that do nothing. */
export function programWarnings(services: readonly MasterService[]): string[] {
  return services.flatMap(({ type, command, origin }) => {
    const program = programs[command];
    if (type === 'inet' || (program && program.state !== 'not-yet')) return [];
    return [`${origin}: ${problem(command, program)}; the line has no effect`];
  });
}

function problem(command: string, program: Program | undefined): string {
  if (!program)
    return `unknown program: ${command}; commands of your own are run by spawn: ... spawn user=NAME argv=/path/${command}`;
  if (program.state === 'not-yet')
    return `${command} is not built yet: ${program.note ?? 'remove the line'}`;
  return `${command} takes no connections from the network; write unix instead of inet`;
}
