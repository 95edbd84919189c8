/**
 * compatibility - writes COMPATIBILITY.md from the parameter table and the table types.
 *
 *   node tools/compatibility.js           writes the file
 *   node tools/compatibility.js --check   exit 1 when the file is not what it would write
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { parameters } = await import(path.join(root, 'build/lib/config/parameters.js'));
const { programs } = await import(path.join(root, 'build/lib/config/programs.js'));
const { dictTypes } = await import(path.join(root, 'build/lib/dict/types.js'));
const { restrictions } = await import(
  path.join(root, 'build/daemon/smtpd/restriction/restrictions.js')
);

const rows = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
const of = (kind) => rows.filter(([, { status }]) => status.is === kind);
const code = (text) => (text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``);

const stateText = ({ state, note }) => {
  const word = { works: 'works', inside: 'accepted', 'not-yet': 'not yet' }[state];
  return note === undefined ? word : `${word}: ${note}`;
};

const lines = [
  '# What works',
  '',
  'Made by `node tools/compatibility.js` from the declarations in `src/lib/config/parameter`; edit those.',
  '',
  `Of ${rows.length} parameters ${of('works').length} work, ${of('no-effect').length} are accepted and have no effect, ${of('not-yet').length} are still to be built: ` +
    'setting one of those warns at start. `<transport>_…` names of the scheduler are taken for every transport. ' +
    'The reference is Postfix 3.7 (Debian 12), with the safer defaults of later versions where ' +
    '[docs/topics/differences.md](docs/topics/differences.md) says so.',
  '',
  '## Programs of master.cf',
  '',
  '| program | |',
  '|---|---|',
  ...Object.entries(programs).map(([name, program]) => `| ${name} | ${stateText(program)} |`),
  '',
  '## Lookup tables',
  '',
  dictTypes
    .map(({ name }) => `\`${name}\``)
    .sort()
    .join(', '),
  '',
  '## Restrictions of smtpd',
  '',
  `Work: ${Object.keys(restrictions)
    .sort()
    .map((name) => `\`${name}\``)
    .join(', ')}.`,
  '',
  '## Parameters that work',
  '',
  '| parameter | default |',
  '|---|---|',
  ...of('works').map(([name, { default: text }]) => `| ${name} | ${code(text)} |`),
  '',
  '## Accepted, no effect',
  '',
  '| parameter | reason |',
  '|---|---|',
  ...of('no-effect').map(([name, { status }]) => `| ${name} | ${status.reason} |`),
  '',
  '## Not yet',
  '',
  of('not-yet')
    .map(([name]) => name)
    .join(', '),
  '',
];
const text = lines.join('\n');
const file = path.join(root, 'COMPATIBILITY.md');
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') === text) process.exit(0);
  console.error(
    'COMPATIBILITY.md is not up to date: node tools/build.js --tests && node tools/compatibility.js',
  );
  process.exit(1);
}
writeFileSync(file, text);
console.log(
  `COMPATIBILITY.md: ${of('works').length} work, ${of('no-effect').length} without effect, ${of('not-yet').length} not yet`,
);
