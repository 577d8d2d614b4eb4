import type { Capabilities } from '@triplicate/core';
import { MemoryDestination, type MemoryStore } from '@triplicate/core/testing';
import { describe, it } from 'vitest';
import { testDestination } from '../../src/index.ts';

const memory = (name: string, capabilities: Partial<Capabilities> = {}): void => {
  const store: MemoryStore = new Map();
  testDestination({ describe, it }, name, async () => new MemoryDestination({ store, capabilities }));
};

memory('memory');
memory('memory whose listings lag', { listLagMs: 150 });
memory('memory that writes once and deletes nothing', { writeOnce: 'refuses', canDelete: false });
memory('memory that reads whole objects only and takes no large ones', {
  rangeReads: false,
  maxObjectSize: 25 * 2 ** 20,
});
