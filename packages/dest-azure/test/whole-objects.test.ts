import { testWholeObjects } from '../../../test/kit/whole-objects-suite.ts';
import { openWith, optionsFor } from './kit.ts';

testWholeObjects((port) => {
  const endpoint = `http://127.0.0.1:${port}/annasbackups`;
  return openWith(optionsFor({ account: 'annasbackups', endpoint }, 'backups'), { secret: 'c2VjcmV0' });
});
