export * from './memory-destination.ts';
export * from './seeded-random.ts';
