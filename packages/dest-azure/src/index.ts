import { type DestinationPlugin, pluginApiVersion } from '@triplicate/core';
import { entraProvider } from './entra.ts';
import { openAzure } from './open.ts';
import { type AzureOptions, azureOptions } from './options.ts';

const azure: DestinationPlugin<AzureOptions> = {
  apiVersion: pluginApiVersion,
  kind: 'destination',
  type: 'azure',
  summary: 'A container of Azure Blob Storage.',
  options: azureOptions,
  canLock: true,
  open: openAzure,
  signIn: (options) =>
    options.clientId !== undefined && options.clientSecret === undefined
      ? { provider: entraProvider(options), clientId: options.clientId }
      : undefined,
};

export default azure;
export { AzureDestination } from './azure-destination.ts';
export { openAzure } from './open.ts';
export { type AzureOptions, azureOptions } from './options.ts';
