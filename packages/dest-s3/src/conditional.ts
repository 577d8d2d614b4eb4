import { hash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from './place.ts';
import { putObject } from './put-object.ts';
import { serviceCode, statusOf } from './errors.ts';

export type Ability = 'unknown' | 'proven' | 'absent';

/** Services that are documented to refuse a write with `If-None-Match: *` where something is. */
const documented = /(^|\.)(amazonaws\.com(\.cn)?|r2\.cloudflarestorage\.com)$/;

export interface ConditionalOptions {
  /** Of the service; Amazon's own when absent. */
  readonly endpoint: string | undefined;
  readonly bucket: string;
  readonly cacheDirectory: string;
  readonly choice: 'auto' | 'never';
}

/**
 * Whether the service itself refuses a write where something is. Services that do not know the question overwrite, so what is not
 * documented has to be proven: the object that was just written is written again, with the same content, and the second write must fail.
 */
export class Conditional {
  #ability: Ability;
  readonly #file: string;

  private constructor(ability: Ability, file: string) {
    this.#ability = ability;
    this.#file = file;
  }

  static async recall(options: ConditionalOptions): Promise<Conditional> {
    const { bucket, cacheDirectory, choice, endpoint } = options;
    const name = hash('sha256', `${endpoint ?? ''} ${bucket}`).slice(0, 16);
    const file = join(cacheDirectory, `conditional-put-${name}`);
    if (choice === 'never') return new Conditional('absent', file);
    if (endpoint === undefined || documented.test(new URL(endpoint).hostname)) return new Conditional('proven', file);
    const known = await readFile(file, 'utf8').catch(() => '');
    return new Conditional(known === 'proven' || known === 'absent' ? known : 'unknown', file);
  }

  get ability(): Ability {
    return this.#ability;
  }

  /** For a service that says that it does not know the question. */
  isRefusal(error: unknown): boolean {
    return statusOf(error) === 501 || serviceCode(error) === 'NotImplemented';
  }

  /** `content` stands under `key`, written by us this moment. */
  async prove(place: Place, key: string, { content, signal }: { content: Buffer; signal: AbortSignal }): Promise<void> {
    let ability: Ability = 'absent';
    try {
      await putObject(place, key, content, { onlyIfAbsent: true, signal });
    } catch (error) {
      if (statusOf(error) === 412) ability = 'proven';
      // Anything else says nothing of it.
      else if (!this.isRefusal(error)) return;
    }
    await this.remember(ability);
  }

  /** What cannot be remembered is found out again. */
  async remember(ability: Ability): Promise<void> {
    this.#ability = ability;
    const folder = join(this.#file, '..');
    await mkdir(folder, { recursive: true }).catch(() => undefined);
    await writeFile(this.#file, ability).catch(() => undefined);
  }
}
