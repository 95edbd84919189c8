/**
 * dict/client/driver - the npm packages that speak to databases, loaded only where a table needs one.
 *
 * Workers load all code before they drop root, so `loadNamedDrivers()` looks at the configuration first: a server
 * without such tables pays neither time nor memory for them.
 */
import { createRequire } from 'node:module';
import type { Configuration } from '../../config/load.js';
import { loadSqlite } from '../../sys/sqlite.js';
import { TableError } from '../type.js';

const packages = { pgsql: 'pg', mysql: 'mysql2', ldap: 'ldapts' } as const;
const load = createRequire(import.meta.url);

/** What the package exports, for the caller to name. @throws {TableError} */
export function driver(type: keyof typeof packages): unknown {
  const name = packages[type];
  try {
    return load(name) as unknown;
  } catch (error) {
    throw new TableError(`${type} tables need the package ${name}: npm install ${name}`, {
      cause: error,
    });
  }
}

/** Loads what the tables that main.cf and master.cf name will need. What is missing is said when it is used. */
export function loadNamedDrivers({ sources }: Configuration): void {
  const text = `${sources.main}\n${sources.master}`;
  for (const [, type] of text.matchAll(/(?<![\w-])(pgsql|mysql|ldap|sqlite):/g)) {
    try {
      if (type === 'sqlite') loadSqlite();
      else driver(type as keyof typeof packages);
    } catch {
      // Whoever opens the table says so.
    }
  }
}
