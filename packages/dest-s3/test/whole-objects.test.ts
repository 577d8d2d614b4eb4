import { tmpdir } from 'node:os';
import { testWholeObjects } from '../../../test/kit/whole-objects-suite.ts';
import { openWith, optionsFor } from './kit.ts';

testWholeObjects((port) => {
  const raw = optionsFor(`http://127.0.0.1:${port}`, 'backups', { accessKeyId: 'anna', secretAccessKey: 'x' });
  return openWith(raw, { folder: tmpdir(), secret: 'x' });
});
