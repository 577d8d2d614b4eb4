import { isLastingKey, isPackKey } from '@triplicate/core';
import { describe, expect, it } from 'vitest';

const id = 'ab'.repeat(32);

describe('the kinds of objects', () => {
  it('are told with and without a prefix', () => {
    for (const prefix of ['', 'anna/', 'data/', 'laptop/everything/']) {
      expect(isPackKey(`${prefix}data/ab/${id}`)).toBe(true);
      for (const key of ['config', `index/${id}`, `snapshots/${id}`, `keys/${id}`]) {
        expect([isLastingKey(prefix + key), isPackKey(prefix + key)]).toEqual([true, false]);
      }
    }
  });

  it('never count a lock or an intent among what lasts', () => {
    for (const key of [`locks/${id}`, `triplicate/forget/${id}`, `anna/locks/${id}`, 'data/probe', 'myconfig']) {
      expect([isLastingKey(key), isPackKey(key)]).toEqual([false, false]);
    }
  });
});
