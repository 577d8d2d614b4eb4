import { testDestination } from '@triplicate/conformance';
import { describe, it } from 'vitest';
import { grantsOf, openWith } from './kit.ts';

const { TRIPLICATE_DROPBOX_CLIENT_ID: clientId = '', TRIPLICATE_DROPBOX_REFRESH_TOKEN: refreshToken = '' } =
  process.env;
const missing =
  clientId === '' || refreshToken === ''
    ? 'TRIPLICATE_DROPBOX_CLIENT_ID and TRIPLICATE_DROPBOX_REFRESH_TOKEN are not set'
    : undefined;

const open = () =>
  openWith({ clientId, folder: 'Triplicate conformance', partSize: '4MiB' }, grantsOf(refreshToken, clientId));

describe.skipIf(missing !== undefined)(
  `with an account at Dropbox${missing === undefined ? '' : `: ${missing}`}`,
  () => {
    testDestination({ describe, it }, 'dropbox', open, { secrets: refreshToken === '' ? [] : [refreshToken] });
  },
);
