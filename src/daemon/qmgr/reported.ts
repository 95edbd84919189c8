/**
 * qmgr/reported - what came of recipients, as notifications tell it; pure.
 *
 * A recipient that stood for others (an alias) gives a result for each of them. When one of these waits, the others'
 * failures are told at the first attempt, and not again at each that follows.
 */
import type { DeliveryPart } from '../../lib/ipc/delivery.js';
import type { Result } from './active-message.js';

export function reportedResults(results: readonly Result[]): readonly Result[] {
  return results.some(({ delivery }) => delivery.parts)
    ? results.flatMap((result) => partsOf(result))
    : results;
}

function partsOf(result: Result): readonly Result[] {
  const { recipient } = result;
  if (!result.delivery.parts) return [result];
  const before = recipient.delivery?.parts ?? [];
  const toldBefore = (part: DeliveryPart): boolean =>
    before.some(({ address, action }) => address === part.address && action === part.action);
  return result.delivery.parts
    .filter((part) => part.action === 'deferred' || !toldBefore(part))
    .map(({ address, original, dsnNotify, dsnOrcpt, ...delivery }) => ({
      recipient: {
        index: recipient.index,
        status: recipient.status,
        address,
        original,
        dsnNotify,
        ...(dsnOrcpt === undefined ? {} : { dsnOrcpt }),
      },
      delivery,
    }));
}
