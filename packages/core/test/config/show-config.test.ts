import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { showConfig } from '../../src/config/show-config.ts';
import { registry } from './plugins.ts';

const text = `version: 1
pipelines:
  one: &one
    sources: { docs: { type: files, paths: [~/docs] } }
    encrypt: { password: { command: [pass, show, --token=hunter2] } }
    destinations: { disk: { type: local, path: /disk, expected: 30d } }
  two:
    <<: *one
    destinations: { disk: { type: local, path: /other } }
`;

describe('the configuration that is in force', () => {
  const load = (source: string) => loadConfig(source, { file: '/c/triplicate.yaml', registry, trusted: true });

  it('is shown with merges written out, defaults filled in, and no arguments of commands', async () => {
    const { config, document } = await load(text);
    expect(config && showConfig(config, document)).toMatchInlineSnapshot(`
      "version: 1
      pipelines:
        one:
          sources:
            docs:
              type: files
              paths:
                - ~/docs
          destinations:
            disk:
              type: local
              path: /disk
              expected: 30d
          transforms:
            - dedupe:
                chunker: fastcdc
            - compress:
                algorithm: zstd
                level: 2
            - encrypt:
                password:
                  command:
                    - pass
                    - …
          quorum: 1
          pace: fastest
        two:
          sources:
            docs:
              type: files
              paths:
                - ~/docs
          destinations:
            disk:
              type: local
              path: /other
          transforms:
            - dedupe:
                chunker: fastcdc
            - compress:
                algorithm: zstd
                level: 2
            - encrypt:
                password:
                  command:
                    - pass
                    - …
          quorum: 1
          pace: fastest
      "
    `);
  });

  it('is a configuration that means the same', async () => {
    const first = await load(text.replace('command: [pass, show, --token=hunter2]', 'env: PW'));
    const shown = first.config && showConfig(first.config, first.document);
    const second = await load(shown ?? '');
    expect(second.problems).toEqual([]);
    expect(second.config).toEqual(first.config);
  });
});
