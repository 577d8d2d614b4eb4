import { testDestination } from '@triplicate/conformance';
import { describe, it } from 'vitest';
import { grantsOf, openWith } from './kit.ts';

const { TRIPLICATE_ONEDRIVE_CLIENT_ID: clientId = '', TRIPLICATE_ONEDRIVE_REFRESH_TOKEN: refreshToken = '' } =
  process.env;
const missing =
  clientId === '' || refreshToken === ''
    ? 'TRIPLICATE_ONEDRIVE_CLIENT_ID and TRIPLICATE_ONEDRIVE_REFRESH_TOKEN are not set'
    : undefined;

const open = () =>
  openWith({ clientId, folder: 'Triplicate conformance', partSize: '1600KiB' }, grantsOf(refreshToken, clientId));

describe.skipIf(missing !== undefined)(`with an OneDrive${missing === undefined ? '' : `: ${missing}`}`, () => {
  testDestination({ describe, it }, 'onedrive', open, { secrets: refreshToken === '' ? [] : [refreshToken] });
});
