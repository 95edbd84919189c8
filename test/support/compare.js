/**
 * compare - differences between two runs, the list of meant ones, and the closing account.
 *
 * A difference is { case, at, postfix, ours }: the name of the case, the place in it, and what each
 * side gave (undefined: nothing). A row of meant-differences.json takes a difference when its
 * `case` (with * for anything) and its regular expressions match; `at` is a part of the place, or a
 * list of whole places. A row that takes none fails.
 */
import { existsSync, readFileSync } from 'node:fs';

export class Report {
  #meant;
  #sections = new Map();
  unexpected = [];
  taken = new Map();
  /** How the other side is called in what is printed. */
  oursName = 'hikyaku';
  silent = false;

  /** @param openFile cases that differ and are still to be mended, one `section: name` a line */
  constructor(meantFile, openFile) {
    const list = openFile && existsSync(openFile) ? readFileSync(openFile, 'utf8') : '';
    this.open = new Set(list.split('\n').filter((line) => line !== '' && !line.startsWith('#')));
    this.#meant = (meantFile ? JSON.parse(readFileSync(meantFile, 'utf8')) : []).map((row) => ({
      ...row,
      caseMatch: glob(row.case),
      postfixMatch: row.postfix === undefined ? undefined : new RegExp(row.postfix),
      oursMatch: row.ours === undefined ? undefined : new RegExp(row.ours),
    }));
  }

  count(section, name, number = 1) {
    const counts = this.#sections.get(section) ?? {};
    counts[name] = (counts[name] ?? 0) + number;
    this.#sections.set(section, counts);
  }

  /** @returns {boolean} whether the case passed: every difference of it is meant */
  settle(section, name, differences) {
    const bad = [];
    for (const difference of differences) {
      const row = this.#meant.find((candidate) => takes(candidate, name, difference));
      if (row) {
        this.taken.set(row, (this.taken.get(row) ?? 0) + 1);
        this.count(section, 'meant differences');
      } else bad.push(difference);
    }
    this.count(section, 'cases');
    if (differences.length === 0) this.count(section, 'equal');
    if (bad.length === 0) {
      this.count(section, 'passed');
      return true;
    }
    this.#fault(section, name, bad);
    return false;
  }

  fail(section, name, text) {
    const difference = { at: 'run', postfix: undefined, ours: text };
    // Only a row that speaks of the run itself excuses a server that did not run.
    const row = this.#meant.find((one) => one.at === 'run' && takes(one, name, difference));
    this.count(section, 'cases');
    if (!row) {
      this.#fault(section, name, [difference]);
      return;
    }
    this.taken.set(row, (this.taken.get(row) ?? 0) + 1);
    this.count(section, 'meant differences');
    this.count(section, 'passed');
  }

  #fault(section, name, differences) {
    const isOpen = this.open.has(`${section}: ${name}`);
    this.count(section, isOpen ? 'open' : 'failed');
    this.unexpected.push({ section, name, isOpen });
    if (this.silent) return;
    console.log(`\n${isOpen ? '○ (known)' : '✗'} ${section}: ${name}`);
    for (const { at, postfix, ours } of differences) {
      console.log(`    at ${at}`);
      printSide('postfix', postfix);
      printSide(this.oursName, ours);
    }
  }

  /** Prints all; @returns {number} the exit status. */
  close({ checkList }) {
    const failures = this.unexpected.filter(({ isOpen }) => !isOpen);
    if (failures.length > 0) console.log('\nunexpected:');
    for (const { section, name } of failures) console.log(`  ✗ ${section}: ${name}`);
    const unused = checkList ? this.#meant.filter((row) => !this.taken.has(row)) : [];
    console.log('\nmeant differences:');
    for (const [row, number] of this.taken) console.log(`  ${number} × ${row.case}: ${row.reason}`);
    for (const row of unused)
      console.log(`  ✗ no longer differs (take it off the list): ${row.case}: ${row.reason}`);
    const still = this.unexpected.filter(({ isOpen }) => isOpen).length;
    if (still > 0)
      console.log(`\n${still} cases differ and are on the list of what is still to be mended`);
    console.log('\ncounts:');
    let passed = 0;
    let failed = unused.length;
    for (const [section, counts] of this.#sections) {
      passed += counts.passed ?? 0;
      failed += counts.failed ?? 0;
      const text = Object.entries(counts).map(([name, number]) => `${name} ${number}`);
      console.log(`  ${section}: ${text.join(', ')}`);
    }
    console.log(`\n${passed} passed, ${failed} failed`);
    return failed === 0 && passed > 0 ? 0 : 1;
  }
}

function printSide(name, text) {
  const lines = text === undefined ? ['(nothing)'] : text.split('\n');
  for (const [index, line] of lines.slice(0, 40).entries())
    console.log(`      ${(index === 0 ? name : '').padEnd(8)} ${line}`);
}

function glob(pattern) {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`, 's');
}

function takes(row, name, { at, postfix, ours }) {
  return (
    row.caseMatch.test(name) &&
    (row.at === undefined || (Array.isArray(row.at) ? row.at.includes(at) : at.includes(row.at))) &&
    (row.postfixMatch === undefined || row.postfixMatch.test(postfix ?? '')) &&
    (row.oursMatch === undefined || row.oursMatch.test(ours ?? ''))
  );
}

/** Lines of two multisets that have no partner, most alike ones paired. */
export function multisetDifferences(postfixLines, ourLines, at) {
  const left = [...postfixLines];
  const right = [];
  for (const line of ourLines) {
    const index = left.indexOf(line);
    if (index >= 0) left.splice(index, 1);
    else right.push(line);
  }
  const differences = [];
  for (const line of left) {
    const program = line.split(':', 1)[0];
    const partner = bestPartner(
      line,
      right.filter((other) => other.startsWith(`${program}:`)),
    );
    if (partner !== undefined) right.splice(right.indexOf(partner), 1);
    differences.push({ at, postfix: line, ours: partner });
  }
  for (const line of right) differences.push({ at, postfix: undefined, ours: line });
  return differences;
}

function bestPartner(line, candidates) {
  const words = new Set(line.split(/\W+/));
  let best;
  let bestScore = 0.4;
  for (const candidate of candidates) {
    const others = candidate.split(/\W+/);
    const score =
      others.filter((word) => words.has(word)).length / Math.max(words.size, others.length);
    if (score > bestScore) [best, bestScore] = [candidate, score];
  }
  return best;
}

/** Differences of two texts: a row for each run of lines that differs. */
export function textDifference(postfix, ours, at) {
  if (postfix === ours) return [];
  const left = postfix.split('\n');
  const right = ours.split('\n');
  const differences = [];
  let [from, ourFrom] = [0, 0];
  const close = (to, ourTo) => {
    if (to === from && ourTo === ourFrom) return;
    const some = (lines, start, end) =>
      start === end ? undefined : lines.slice(start, end).join('\n');
    differences.push({
      at: `${at}, line ${from + 1}`,
      postfix: some(left, from, to),
      ours: some(right, ourFrom, ourTo),
    });
  };
  for (const [index, ourIndex] of commonLines(left, right)) {
    close(index, ourIndex);
    [from, ourFrom] = [index + 1, ourIndex + 1];
  }
  close(left.length, right.length);
  return differences;
}

const longText = 600; // lines that differ, beyond which only head and tail are matched

/** Pairs of indices of lines that both have, in order: a longest common subsequence. */
function commonLines(left, right) {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
  let tail = 0;
  const rest = Math.min(left.length, right.length) - start;
  while (tail < rest && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail += 1;
  const pairs = Array.from({ length: start }, (_, index) => [index, index]);
  const a = left.slice(start, left.length - tail);
  const b = right.slice(start, right.length - tail);
  if (a.length <= longText && b.length <= longText) {
    const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
    for (let i = a.length - 1; i >= 0; i -= 1)
      for (let j = b.length - 1; j >= 0; j -= 1)
        lengths[i][j] =
          a[i] === b[j]
            ? lengths[i + 1][j + 1] + 1
            : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    for (let i = 0, j = 0; i < a.length && j < b.length; ) {
      if (a[i] === b[j]) pairs.push([start + i++, start + j++]);
      else if (lengths[i + 1][j] >= lengths[i][j + 1]) i += 1;
      else j += 1;
    }
  }
  for (let back = tail; back > 0; back -= 1) pairs.push([left.length - back, right.length - back]);
  return pairs;
}
