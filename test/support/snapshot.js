/** snapshot - a tree of files as text: path, kind, mode, owner, content; sorted. */
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { accounts } from './isolation.js';

const names = new Map(Object.entries(accounts).map(([name, uid]) => [uid, name]));
const ownerName = (uid) => names.get(uid) ?? (uid === 0 ? 'root' : `uid ${uid}`);

/**
 * @param {Record<string, string>} places name in the result -> directory
 * @param {(text: string) => string} normalise
 */
export function snapshot(places, normalise) {
  const rows = [];
  const visit = (name, file) => {
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return;
    const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
    const owner = `${ownerName(stats.uid)}:${ownerName(stats.gid)}`;
    const kind = stats.isDirectory()
      ? 'd'
      : stats.isSymbolicLink()
        ? 'l'
        : stats.isFile()
          ? '-'
          : '?';
    const head = `${kind}${mode} ${owner} ${maildirName(name)}`;
    if (stats.isDirectory()) {
      rows.push({ head, body: '' });
      for (const entry of readdirSync(file)) visit(path.join(name, entry), path.join(file, entry));
    } else if (stats.isSymbolicLink()) rows.push({ head, body: readlinkSync(file) });
    else if (stats.isFile()) rows.push({ head, body: normalise(readFileSync(file, 'latin1')) });
    else rows.push({ head, body: '' });
  };
  for (const [name, directory] of Object.entries(places)) visit(name, directory);
  rows.sort((a, b) => (a.head + a.body < b.head + b.body ? -1 : 1));
  return rows.map(({ head, body }) =>
    body === '' ? head : `${head}\n${body.replace(/^/gm, '  | ')}`,
  );
}

/** Postfix: <seconds>.V<device>I<inode>M<microseconds>.<host> */
function maildirName(name) {
  return name.replace(/\/\d{9,}\.V[0-9a-f]+I[0-9a-f]+M\d+\.([\w.-]+)$/, '/TIME.V.I.M.$1');
}
