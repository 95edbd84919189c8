/**
 * util/own - the entry that a table itself has under a name from outside.
 *
 * `table['constructor']` is what every object inherits: a function where a row is expected.
 */
export function own<Value>(
  table: Readonly<Record<string, Value | undefined>>,
  name: string,
): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
