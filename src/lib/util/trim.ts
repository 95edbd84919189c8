/**
 * util/trim - takes certain characters off the ends of a text, in a time that grows with its length.
 *
 * `text.replace(/[ \t]+$/, '')` tries each run of blanks from each of its places: of what a stranger sends, that is
 * the square of the length.
 */
export function trimEnd(text: string, chars: string): string {
  let end = text.length;
  while (end > 0 && chars.includes(text.charAt(end - 1))) end -= 1;
  return end === text.length ? text : text.slice(0, end);
}

export function trimStart(text: string, chars: string): string {
  let start = 0;
  while (start < text.length && chars.includes(text.charAt(start))) start += 1;
  return start === 0 ? text : text.slice(start);
}
