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

const used = JSON.parse(readFileSync(path.join(root, 'tools/program-parameters.json'), 'utf8'));
const removed = new Set(used.removed);

/** An old name is taken where the default of a new one looks at it; `transport_…` stands for every transport's setting. */
function statusOf(name) {
  if (parameters[name]) return parameters[name].status.is;
  if (name === 'transport_time_limit') return parameters.command_time_limit.status.is;
  const general = parameters[name.replace(/^transport_/, 'default_')];
  if (general) return general.status.is;
  const reference = new RegExp(`[$][{(]?${name}(?![a-z0-9_])`);
  const heir = rows.find(([, parameter]) => reference.test(parameter.default));
  return heir ? heir[1].status.is : 'not-yet';
}

function countRow(label, all) {
  const names = all.filter((name) => !removed.has(name));
  const count = (kind) => names.filter((name) => statusOf(name) === kind).length;
  const percent = ((100 * count('works')) / names.length).toFixed(1);
  return `| ${label} | ${names.length} | ${count('works')} | ${percent} % | ${count('no-effect')} | ${count('not-yet')} |`;
}

const union = (...programNames) => [
  ...new Set(programNames.flatMap((name) => used.programs[name])),
];

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
  '## Parameters by program',
  '',
  `What the manual pages of ${used.from}, name for each program (\`node tools/program-parameters.js\`). Not counted, ` +
    `since Postfix itself no longer knows them: ${used.removed.map(code).join(', ')}.`,
  '',
  '| program | names | work | | no effect | not yet |',
  '|---|---|---|---|---|---|',
  ...Object.entries(used.programs).map(([program, names]) => countRow(program, names)),
  countRow(
    'smtpd, cleanup and trivial-rewrite together',
    union('smtpd', 'cleanup', 'trivial-rewrite'),
  ),
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
