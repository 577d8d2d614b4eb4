export * from './binary-writer.ts';
export * from './error.ts';
export * from './limits.ts';
export * from './parse.ts';
export * from './read-as.ts';
export * from './value.ts';
export * from './xml-writer.ts';
