/**
 * reference - Debian's postmap with its database types, without installing the packages that bring them.
 *
 * They are fetched once and unpacked beside the run; a private meta_directory names their files.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from '../support/servers.js';

const cache = path.join(os.tmpdir(), 'hikyaku-postfix-types');
const fileOf = (type) =>
  [`/usr/lib/postfix/postfix-${type}.so`, `${cache}/usr/lib/postfix/postfix-${type}.so`].find(
    existsSync,
  );

/** Before the run is cut off from the network. @returns the types that can be compared */
export function fetchReference(types) {
  mkdirSync(cache, { recursive: true });
  for (const type of types) {
    if (fileOf(type) !== undefined) continue;
    spawnSync('apt-get', ['download', `postfix-${type}`], { cwd: cache });
    for (const name of readdirSync(cache).filter((name) => name.startsWith(`postfix-${type}_`)))
      spawnSync('dpkg-deb', ['-x', name, '.'], { cwd: cache });
  }
  return types.filter((type) => fileOf(type) !== undefined);
}

/** @returns runs Debian's postmap or postalias */
export function createReference(base, types) {
  const etc = path.join(base, 'reference');
  mkdirSync(path.join(etc, 'dynamicmaps.cf.d'), { recursive: true });
  const open = (type) =>
    type === 'cdb' || type === 'lmdb'
      ? `dict_${type}_open mkmap_${type}_open`
      : `dict_${type}_open`;
  writeFileSync(
    path.join(etc, 'dynamicmaps.cf'),
    types.map((type) => `${type}\t${fileOf(type)}\t${open(type)}\n`).join(''),
  );
  writeFileSync(
    path.join(etc, 'main.cf'),
    `compatibility_level = 3.6\nmeta_directory = ${etc}\nmyhostname = mail.example.test\n`,
  );
  writeFileSync(path.join(etc, 'master.cf'), '');
  return (program, args, options) =>
    run(`/usr/sbin/${program}`, ['-c', etc, ...args], { env: { MAIL_CONFIG: etc }, ...options });
}
