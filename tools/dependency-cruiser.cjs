// The architecture as rules, made from the one ordered list in layers.json:
// a folder of src/lib imports only folders to its left.
const layers = require('./layers.json');

const rightOf = layers.map((layer, index) => ({
  name: `lib-${layer}-imports-left-only`,
  severity: 'error',
  from: { path: `^src/lib/${layer}/` },
  to: { path: `^src/lib/(${layers.slice(index + 1).join('|') || '$none'})/` },
}));

module.exports = {
  forbidden: [
    ...rightOf,
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'lib-is-below-programs', severity: 'error', from: { path: '^src/lib/' }, to: { path: '^src/(daemon|command|app|testing)/', pathNot: '\\.test\\.ts$' } },
    { name: 'daemons-never-import-daemons', severity: 'error', from: { path: '^src/daemon/([^/]+)/' }, to: { path: '^src/daemon/', pathNot: '^src/daemon/$1/' } },
    { name: 'daemons-import-lib-only', severity: 'error', from: { path: '^src/daemon/' }, to: { path: '^src/(command|app)/' } },
    { name: 'commands-import-lib-only', severity: 'error', from: { path: '^src/command/' }, to: { path: '^src/(daemon|app)/' } },
    { name: 'commands-never-import-commands', severity: 'error', from: { path: '^src/command/([^/]+)/' }, to: { path: '^src/command/', pathNot: '^src/command/$1/' } },
  ],
  options: {
    // A test may reach across the house: it stands beside what it tests.
    exclude: { path: '\\.test\\.ts$|^src/testing/' },
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
