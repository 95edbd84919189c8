/**
 * launch - what every launcher in bin/ does: runs the built program of its name.
 *
 * CommonJS, so that files without an ending work on every Node that we support.
 */
'use strict';
const { existsSync } = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

/** @param {string} name folder of src/command */
module.exports = function launch(name) {
  const program = path.join(__dirname, '..', 'dist', 'command', name, 'main.js');
  if (!existsSync(program)) {
    process.stderr.write(
      `${name}: fatal: this checkout is not built; run: (cd ${path.dirname(__dirname)} && npm ci && npm run build)\n`,
    );
    process.exit(69); // EX_UNAVAILABLE
  }
  import(pathToFileURL(program).href).catch((error) => {
    process.stderr.write(`${name}: panic: ${error.stack}\n`);
    process.exit(70); // EX_SOFTWARE
  });
};
