/** bounce/original - the original message, whole or its header only, streamed. */

const LF = 0x0a;

/** Chunks up to the empty line that ends the header, that line left out. Reads no further than needed. */
export async function* headerOf(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let atLineStart = true;
  for await (const chunk of content) {
    const end = endOfHeader(chunk, atLineStart);
    if (end >= 0) {
      if (end > 0) yield chunk.subarray(0, end);
      return;
    }
    if (chunk.length === 0) continue;
    yield chunk;
    atLineStart = chunk[chunk.length - 1] === LF;
  }
}

/** Index of the empty line; -1: not in this chunk. */
function endOfHeader(chunk: Uint8Array, atLineStart: boolean): number {
  if (atLineStart && chunk[0] === LF) return 0;
  const at = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).indexOf('\n\n');
  return at < 0 ? -1 : at + 1;
}
