export * from './container.ts';
export * from './core-module.ts';
export * from './tokens.ts';
