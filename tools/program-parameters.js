/**
 * program-parameters - which parameters each program of Postfix uses: names read off the installed manual pages.
 *
 *   node tools/program-parameters.js      writes tools/program-parameters.json
 *
 * Wants an installed Postfix (Debian's postfix and its pages in section 8). `removed` are names that the pages still
 * list but that this Postfix takes for unknown: neither `postconf -d` prints them nor a default refers to them.
 * tools/compatibility.js counts by this list what works.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const programs = [
  'smtpd',
  'cleanup',
  'trivial-rewrite',
  'qmgr',
  'smtp',
  'local',
  'virtual',
  'pipe',
  'bounce',
  'pickup',
  'master',
];

const output = (command, ...args) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** The names that head a paragraph: `.IP "\fBname (default)\fR"`. */
function namesOf(program) {
  const file = output('man', '-w', '8', program).trim();
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const names = [...text.matchAll(/^\.IP "\\fB([a-z0-9_]+) \(/gm)].map((match) => match[1]);
  return [...new Set(names)].sort();
}

const defaults = output('postconf', '-d');
const isKnown = (name) => new RegExp(`^${name} =|[$][{(]?${name}(?![a-z0-9_])`, 'm').test(defaults);
/** `transport_recipient_limit` stands for the setting of any transport. */
const isPattern = (name) => name.startsWith('transport_');
const names = Object.fromEntries(programs.map((program) => [program, namesOf(program)]));
const removed = [...new Set(Object.values(names).flat())]
  .filter((name) => !isPattern(name) && !isKnown(name))
  .sort();

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const result = {
  from: `Postfix ${output('postconf', '-dh', 'mail_version').trim()}, pages of section 8`,
  removed,
  programs: names,
};
writeFileSync(
  path.join(root, 'tools/program-parameters.json'),
  `${JSON.stringify(result, undefined, 2)}\n`,
);
