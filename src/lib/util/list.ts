/**
 * util/list - splits Postfix's comma and white space separated lists.
 *
 * Braces keep an element together: `inline:{ a = b, c = d }` is one element.
 * Source: postconf(5), "a list of ... separated by comma and/or whitespace".
 */

/** Elements of a list in order; empty text gives none. Braces must balance, else the rest is one element. */
export function splitList(text: string, separators = ', \t\r\n'): string[] {
  const elements: string[] = [];
  let element = '';
  let depth = 0;
  for (const char of text) {
    if (depth === 0 && separators.includes(char)) {
      if (element !== '') elements.push(element);
      element = '';
      continue;
    }
    if (char === '{') depth += 1;
    else if (char === '}' && depth > 0) depth -= 1;
    element += char;
  }
  if (element !== '') elements.push(element);
  return elements;
}
