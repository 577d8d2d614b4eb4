import { commonSourceOptions } from '../config/common-source-options.ts';
import { commonDestinationOptions } from '../destination/common-options.ts';
import type { PluginKind } from './plugin.ts';

/** Keys that stand beside a plugin's own in the YAML; a plugin that used one of them for itself would never see it. */
export const reservedKeys: Readonly<Record<PluginKind, readonly string[]>> = {
  source: ['type', ...Object.keys(commonSourceOptions.shape)],
  destination: ['type', ...Object.keys(commonDestinationOptions.shape)],
  transform: [],
};
