/**
 * util/line-ends - how many lines a text has.
 *
 * On the wire a line end is two bytes (CRLF), inside the server one: sizes that others see count two.
 */

/** Line feeds in the text. */
export function countLineEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** Size of LF content as it would be on the wire; the engine's search in text is faster than one in bytes. */
export function wireSize(chunk: Uint8Array): number {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  return chunk.length + countLineEnds(bytes.toString('latin1'));
}
