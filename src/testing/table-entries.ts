/** testing/table-entries - entries for table tests: always the same, some with long keys and values. */

/** @param maxKey bytes of the longest keys */
export function tableEntries(count: number, maxKey: number): (readonly [string, string])[] {
  let seed = 20050101;
  const random = (limit: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  const text = (length: number): string => {
    let result = '';
    while (result.length < length) result += random(2 ** 31).toString(36);
    return result.slice(0, length);
  };
  return Array.from({ length: count }, (_, index) => {
    const keyLength = index % 500 === 7 ? random(maxKey) : 3 + random(60);
    const valueLength = index % 100 === 3 ? random(40_000) : random(100);
    return [`k${index}-${text(keyLength)}`.slice(0, maxKey), text(1 + valueLength)] as const;
  });
}
