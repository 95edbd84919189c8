/** config/expand-error - what is wrong with `$name` in a text. */
export class ExpandError extends Error {
  override readonly name = 'ExpandError';
}
