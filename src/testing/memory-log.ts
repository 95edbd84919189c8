/** testing/memory-log - a log that keeps its lines: `info text`, `warning text`. */
import type { Log } from '../lib/log/log.js';

export interface MemoryLog extends Log {
  readonly lines: string[];
}

export function memoryLog(): MemoryLog {
  const lines: string[] = [];
  const at = (severity: string) => (text: string) => void lines.push(`${severity} ${text}`);
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    warning: at('warning'),
    error: at('error'),
    fatal: at('fatal'),
    panic: at('panic'),
  };
}
