import type { SimDevice } from '../device.ts';

const notEntered = 208;

/** Shows the passcode question, if there is one, and tells observers. Gives 0, or the ErrorCode. */
export const askPasscode = async (device: SimDevice): Promise<number> => {
  const { passcode } = device.faults;
  if (passcode === undefined) return 0;
  device.notices.emit('post', 'com.apple.LocalAuthentication.ui.presented');
  if (typeof passcode === 'object') await passcode.entered();
  device.notices.emit('post', 'com.apple.LocalAuthentication.ui.dismissed');
  return typeof passcode === 'object' ? 0 : notEntered;
};
