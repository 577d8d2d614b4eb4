/** What a program needs of core before it loads the rest of it. */
export { foldersOf } from './config/folders.ts';
export { endThreadAhead, startThreadAhead } from './thread/start-thread.ts';
