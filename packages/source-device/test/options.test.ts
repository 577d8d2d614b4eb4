import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import plugin, { deviceOptions } from '@triplicate/source-device';

describe('the options of a device', () => {
  it('have a default for everything', () => {
    expect(deviceOptions.parse({})).toEqual({
      udid: 'any',
      mode: 'backup',
      encryption: 'as-is',
      wifi: true,
      restore: { systemFiles: false, keepSettings: true, removeOthers: false, reboot: true, apps: true },
    });
  });

  it('refuse what is misspelt, and a password that is written out', () => {
    for (const wrong of [
      { udidd: 'any' },
      { udid: '../x' },
      { password: 'secret' },
      { encryption: 'on' },
      { restore: { reboots: true } },
    ])
      expect(() => deviceOptions.parse(wrong)).toThrow(z.ZodError);
  });

  it.each([
    [{ mode: 'photos', leaveOut: ['*.MOV'] }, 'leaveOut', '"leaveOut" has no meaning with "mode: photos"'],
    [{ mode: 'photos', encryption: 'required' }, 'encryption', '"encryption: required" has no meaning with "mode: pho'],
    [{ apps: ['org.example.notes'] }, 'apps', '"apps" has no meaning with "mode: backup"'],
  ])('pass over nothing of the other mode in silence: %j', (options, key, sentence) => {
    const { error } = deviceOptions.safeParse(options);
    expect(error?.issues).toEqual([
      expect.objectContaining({ path: [key], message: expect.stringContaining(sentence) as string }),
    ]);
  });

  it('are each described', () => {
    const { properties = {} } = z.toJSONSchema(plugin.options, { io: 'input' });
    for (const [name, property] of Object.entries(properties))
      expect.soft(property, name).toHaveProperty('description');
  });
});
