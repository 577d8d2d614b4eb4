import type { Host } from '@triplicate/core';
import type { CliSurroundings } from '../surroundings.ts';

/** Who runs this; where a system has no numbers for users, restic writes 0. */
export const hostOf = ({ hostname, username, userId, groupId, pid }: CliSurroundings): Host => ({
  hostname,
  username,
  uid: userId ?? 0,
  gid: groupId ?? 0,
  pid,
});
