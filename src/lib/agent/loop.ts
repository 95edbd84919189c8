/** agent/loop - has this mail been here? Its own Delivered-To headers say so. */
import type { DeliveryRequest } from '../ipc/delivery.js';
import { HeaderScanner } from '../protocol/message/header.js';
import { toInternal } from '../protocol/address/path.js';

const headerLimit = 100_000;

/** Addresses of Delivered-To headers, lower case. */
export async function deliveredTo(request: DeliveryRequest): Promise<Set<string>> {
  const found = new Set<string>();
  if (request.inline && !mentions(request.inline)) return found;
  const state = { inHeader: true };
  const scanner = new HeaderScanner(
    {
      field({ name, value }) {
        if (name === 'delivered-to')
          found.add((toInternal(value.trim()) ?? value.trim()).toLowerCase());
      },
      end: () => {
        state.inHeader = false;
      },
      body: () => undefined,
    },
    headerLimit,
  );
  for await (const chunk of request.content()) {
    await scanner.write(chunk);
    if (!state.inHeader) break;
  }
  return found;
}

/** Cheap first look, right for the case of nearly all mail: where no such letters stand, there is no such header. */
function mentions(content: Uint8Array): boolean {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  const blank = bytes.indexOf('\n\n');
  const header = bytes.toString('latin1', 0, blank < 0 ? bytes.length : blank);
  return /^delivered-to/im.test(header);
}
