/** report - claims that hold or do not, printed as they are found. */
let passed = 0;
let failed = 0;

export function check(claim, isTrue, shown = '') {
  if (isTrue) passed += 1;
  else failed += 1;
  console.log(`${isTrue ? 'ok  ' : 'FAIL'} ${claim}`);
  if (!isTrue) console.log(String(shown).slice(-3000).replace(/^/gm, '       '));
}

export function summary() {
  console.log(`test:tls: ${passed} hold, ${failed} do not`);
  return failed === 0 ? 0 : 1;
}

export async function until(condition, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
