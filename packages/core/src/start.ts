/** What a program needs of core before it loads the rest of it. */
export { foldersOf } from './config/folders.ts';
export { limitHeapGrowth } from './thread/heap-growth.ts';
export { keepCodeIn } from './thread/kept-code.ts';
export { endThreadAhead, startThreadAhead } from './thread/start-thread.ts';
