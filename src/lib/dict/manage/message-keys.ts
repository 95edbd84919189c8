/**
 * dict/manage/message-keys - the lookup keys of a message, for `postmap -h -q -` and `postmap -b -q -`; pure.
 *
 * As header_checks and body_checks see it: a logical header with its line breaks is one key, each body line is one.
 * With MIME parsing, headers of parts and of attached messages are headers too.
 */
export interface MessageKeys {
  readonly headers: readonly string[];
  readonly body: readonly string[];
}

const headerStart = /^[!-9;-~]+[ \t]*:/;
const maxNesting = 100; // mime_nesting_limit

export function messageKeys(text: string, parseMime: boolean): MessageKeys {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (lines.at(-1) === '') lines.pop();
  const headers: string[] = [];
  const body: string[] = [];
  const boundaries: string[] = [];
  let block: string[] = [];
  let isHeader = true;

  const endHeaders = (): void => {
    const content = block.find((header) => /^content-type[ \t]*:/i.test(header)) ?? '';
    headers.push(...block);
    block = [];
    isHeader = false;
    if (!parseMime) return;
    const boundary = /boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;()<>@,]+))/i.exec(content);
    if (/:\s*multipart\//i.test(content) && boundary && boundaries.length < maxNesting)
      boundaries.push(boundary[1] ?? boundary[2] ?? '');
    else if (/:\s*message\/(rfc822|global)/i.test(content)) isHeader = true;
  };

  for (const line of lines) {
    const found = parseMime ? boundaryOf(line, boundaries) : undefined;
    if (found) {
      if (isHeader) endHeaders();
      boundaries.length = found.depth;
      isHeader = !found.isLast;
      if (found.isLast) boundaries.pop();
      body.push(line);
    } else if (!isHeader) {
      body.push(line);
    } else if (/^[ \t]/.test(line) && block.length > 0) {
      block.push(`${block.pop() ?? ''}\n${line}`);
    } else if (headerStart.test(line)) {
      block.push(line);
    } else {
      endHeaders();
      // Headers end with an empty line, also where the message has none.
      body.push('');
      if (line !== '') body.push(line);
    }
  }
  headers.push(...block);
  return { headers, body };
}

function boundaryOf(
  line: string,
  boundaries: readonly string[],
): { readonly depth: number; readonly isLast: boolean } | undefined {
  if (!line.startsWith('--')) return undefined;
  for (let depth = boundaries.length; depth > 0; depth -= 1) {
    const boundary = boundaries[depth - 1] ?? '';
    if (line.startsWith(boundary, 2))
      return { depth, isLast: line.startsWith('--', 2 + boundary.length) };
  }
  return undefined;
}
