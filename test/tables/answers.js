/** answers - what `postmap -q` says for a list of keys, beside Debian's Postfix with the same client files. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { keys } from './entries.js';

/** What both say the same of, apart from how it is said. */
const shape = ({ status, stdout }) => JSON.stringify({ status, stdout });

/**
 * @param reference runs Debian's program; undefined: there is none to compare with
 * @returns {{ equal: number, differences: string[] }}
 */
export async function compareAnswers(backEnd, { base, hikyaku, reference }) {
  const report = { equal: 0, differences: [] };
  for (const { title, file, asked } of clientFiles(backEnd, base)) {
    const table = `${backEnd.type}:${file}`;
    const input = `${asked.join('\n')}\n`;
    const ours = await hikyaku('postmap', ['-q', '-', table], { input });
    const theirs = reference
      ? await reference('postmap', ['-q', '-', table], { input })
      : undefined;
    if (theirs && theirs.stdout !== ours.stdout) {
      const [one, other] = [theirs.stdout.split('\n'), ours.stdout.split('\n')];
      const lost = one.filter((line) => !other.includes(line));
      const added = other.filter((line) => !one.includes(line));
      report.differences.push(
        `${backEnd.type}, ${title}: only Postfix: ${JSON.stringify(lost)} only Hikyaku: ${JSON.stringify(added)} ${theirs.stderr} ${ours.stderr}`,
      );
      report.equal += asked.length - lost.length - added.length;
    } else if (!theirs && !/\t/.test(ours.stdout))
      report.differences.push(`${backEnd.type}, ${title}: nothing found: ${ours.stderr}`);
    else report.equal += asked.length;
  }
  for (const { title, file, key } of failingFiles(backEnd, base)) {
    const args = ['-q', key, `${backEnd.type}:${file}`];
    const ours = await hikyaku('postmap', args);
    const theirs = reference ? await reference('postmap', args) : { status: 1, stdout: '' };
    // 1 with a text is an error, 1 without is "not found": it must be an error.
    if (shape(ours) === shape(theirs) && /fatal/.test(ours.stderr)) report.equal += 1;
    else
      report.differences.push(
        `${backEnd.type}, ${title}: Postfix ${shape(theirs)} Hikyaku ${shape(ours)} ${ours.stderr}`,
      );
  }
  return report;
}

const formats = {
  'the usual': {},
  'user and domain of the value': { result_format: '<%u at %d>' },
  'parts of the key': { result_format: '%U %D %1 %2 %% %S=%s' },
  'few domains': { domain: 'virt.test, !other.test' },
  'other domains': { domain: 'other.test' },
};

const queryParts = {
  'parts of the key in the query': (text) => text.replace('%s', '%u@%d'),
  'labels of the domain': (text) => text.replace('%s', '%u@%2.%1'),
};

function* clientFiles(backEnd, base) {
  const write = (title, text) => {
    const file = path.join(base, `${backEnd.type}-${title.replaceAll(/\W+/g, '-')}.cf`);
    writeFileSync(file, text);
    return { title, file, asked };
  };
  const isCache = backEnd.type === 'memcache';
  // Postfix is in trouble where memcached refuses a key; here it is a key that no cache has.
  const asked = isCache ? keys.filter((key) => /^[!-~]{1,200}$/.test(key)) : keys;
  for (const kind of ['domain', 'mailbox', 'alias', 'transport', 'hard'])
    yield write(kind, backEnd.client(kind));
  for (const [title, more] of Object.entries(formats))
    if (!isCache || more.result_format === undefined)
      yield write(title, backEnd.client('hard', more));
  for (const [title, change] of Object.entries(queryParts))
    yield write(title, change(backEnd.client('hard')));
  for (const [title, variant] of Object.entries(backEnd.variants ?? {})) {
    const { moreKeys = [], ...more } = typeof variant === 'function' ? variant(base) : variant;
    const text = backEnd.client('hard', more);
    yield {
      ...write(title, text.replaceAll(/^\w+ = undefined\n/gm, '')),
      asked: [...asked, ...moreKeys],
    };
  }
}

function failingFiles(backEnd, base) {
  const all = {
    ...(backEnd.type === 'memcache'
      ? {}
      : { expansion_limit: { key: 'many@virt.test', more: { expansion_limit: '2' } } }),
    ...(backEnd.client('hard').includes('query = ')
      ? { 'a broken query': { key: 'plain', more: { query: "SELEKT '%s'" } } }
      : {}),
    ...backEnd.failing,
  };
  return Object.entries(all).map(([title, { key, more }]) => {
    const file = path.join(base, `${backEnd.type}-bad-${title.replaceAll(/\W+/g, '-')}.cf`);
    writeFileSync(file, backEnd.client('hard', more));
    return { title, file, key };
  });
}
