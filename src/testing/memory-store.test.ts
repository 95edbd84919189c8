import { MemoryPlace, MemoryStore } from './memory-store.js';
import { queueStoreConformance } from './queue-store-conformance.js';

queueStoreConformance('memory', () => {
  const place = new MemoryPlace();
  return { open: async () => new MemoryStore(place) };
});
