import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConcurrencyWindow, parseFeedback, type WindowLimits } from './feedback.js';

const limits: WindowLimits = {
  initial: 5,
  limit: 20,
  cohortLimit: 1,
  positive: parseFeedback('1'),
  negative: parseFeedback('1'),
};

/** As many deliveries end as the window has room for, and others follow each at once. */
function round(window: ConcurrencyWindow, end: () => void): void {
  window.busy = window.size;
  for (let count = window.busy; count > 0; count -= 1) end();
}

const feedbacks: readonly [text: string, at: number, step: number][] = [
  ['1', 7, 1],
  ['0.5', 7, 0.5],
  ['.25', 7, 0.25],
  ['1/concurrency', 4, 0.25],
  ['1 / concurrency', 4, 0.25],
  ['0.5/sqrt_concurrency', 4, 0.25],
  ['1/5', 100, 0.2],
  ['0', 3, 0],
];

for (const [text, at, step] of feedbacks) {
  test(`the feedback ${text} is ${step} at a window of ${at}`, () => {
    assert.equal(parseFeedback(text)(at), step);
  });
}

for (const text of ['', 'x', '-1', '1/', '1/x', '1/0', '1/0.0', '1e9', '1/concurrency/2']) {
  test(`"${text}" is no feedback`, () => assert.throws(() => parseFeedback(text), /bad feedback/));
}

test('a window begins at the initial size, and not above its limit', () => {
  assert.equal(new ConcurrencyWindow(limits).size, 5);
  assert.equal(new ConcurrencyWindow({ ...limits, limit: 2 }).size, 2);
  assert.equal(new ConcurrencyWindow({ ...limits, limit: 0 }).size, 5);
});

test('success lets a busy window grow, up to its limit', () => {
  const window = new ConcurrencyWindow(limits);
  round(window, () => window.succeeded());
  assert.equal(window.size, 10);
  for (let count = 0; count < 10; count += 1) round(window, () => window.succeeded());
  assert.equal(window.size, 20);
});

test('with 1/concurrency a window grows by one a round', () => {
  const window = new ConcurrencyWindow({ ...limits, positive: parseFeedback('1/concurrency') });
  const sizes = [1, 2, 3].map(() => {
    round(window, () => window.succeeded());
    return window.size;
  });
  assert.deepEqual(sizes, [6, 7, 8]);
});

test('a window that is not used does not grow', () => {
  const window = new ConcurrencyWindow(limits);
  for (let count = 0; count < 100; count += 1) {
    window.busy = 1;
    window.succeeded();
    window.busy = 0;
  }
  assert.equal(window.size, 6);
});

test('trouble makes a window smaller, and a whole window of it kills the destination', () => {
  const window = new ConcurrencyWindow(limits);
  const sizes = [1, 2].map(() => {
    assert.equal(window.failed(), false);
    return window.size;
  });
  // Trouble takes effect at once, at the beginning of its first step and of its second.
  assert.deepEqual(sizes, [3, 2]);
  // 1/5 + 1/3 + 1/2 is more than one cohort.
  assert.equal(window.failed(), true);
});

test('success in between forgets the failures before it', () => {
  const window = new ConcurrencyWindow(limits);
  for (let count = 0; count < 50; count += 1) {
    assert.equal(window.failed(), false);
    window.busy = window.size;
    window.succeeded();
  }
});

test('without a cohort limit a destination never dies, and one delivery stays possible', () => {
  const window = new ConcurrencyWindow({ ...limits, cohortLimit: 0 });
  for (let count = 0; count < 100; count += 1) assert.equal(window.failed(), false);
  assert.equal(window.size, 1);
  assert.equal(window.hasRoom, true);
});

test('whatever happens, a window stays between one and its limit', () => {
  const feedback = fc.constantFrom('0', '0.3', '1', '7', '1/concurrency', '1/sqrt_concurrency');
  fc.assert(
    fc.property(feedback, feedback, fc.array(fc.boolean()), (positive, negative, outcomes) => {
      const window = new ConcurrencyWindow({
        ...limits,
        cohortLimit: 0,
        positive: parseFeedback(positive),
        negative: parseFeedback(negative),
      });
      for (const succeeds of outcomes) {
        window.busy = Math.floor(window.size);
        if (succeeds) window.succeeded();
        else window.failed();
        assert.ok(window.size >= 1 && window.size <= 20, `size ${window.size}`);
      }
    }),
  );
});
