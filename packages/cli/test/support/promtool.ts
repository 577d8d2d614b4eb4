import { spawnSync } from 'node:child_process';

/** Why Prometheus' own program cannot judge here. */
export const noPromtool =
  spawnSync('promtool', ['--version']).error === undefined ? undefined : 'promtool of prometheus is not installed';

/** What `promtool check metrics` has to say; nothing when it is content. */
export const promtoolSays = (text: string): string => {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  return status === 0 ? stdout + stderr : `exit ${status}: ${stdout}${stderr}`;
};
