export * from './fake-clock.ts';
export * from './fault.ts';
export * from './faulty-destination.ts';
export * from './memory-destination.ts';
export * from './seeded-random.ts';
export * from './temporary-folder.ts';
export * from './recorded-snapshot.ts';
export * from './recording-builder.ts';
