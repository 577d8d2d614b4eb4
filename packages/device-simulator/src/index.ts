export * from './content/content-file.ts';
export type { ContentOptions } from './content/phone-content.ts';
export { type DeviceOptions, SimDevice, type Trust } from './device.ts';
export type { FaultPlan } from './faults.ts';
export { MuxServer } from './mux/mux-server.ts';
export { services } from './services/services.ts';
