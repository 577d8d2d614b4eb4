import { z } from 'zod';
import { commonDestinationOptions } from '../destination/common-options.ts';
import type { Plugin, PluginKind } from '../plugin/plugin.ts';
import type { PluginRegistry } from '../plugin/registry.ts';
import { encryptOptions } from '../transform/encrypt.ts';
import { commonSourceOptions } from './common-source-options.ts';
import { documentSchema } from './document-schema.ts';

export interface JsonSchema {
  readonly [key: string]: unknown;
}

/**
 * The configuration as a JSON Schema (draft 7, which editors know), made of the schemas that check it and of those of every plugin in the
 * registry. Loads all of them; PLUGIN_INVALID when one cannot be loaded.
 */
export const configJsonSchema = async (registry: PluginRegistry): Promise<JsonSchema> => {
  const plugins = await Promise.all(
    registry.list().map(async ({ kind, type }) => (await registry.find(kind, type))?.plugin),
  );
  const known = plugins.filter((plugin) => plugin !== undefined);
  const definitions: Record<string, unknown> = {};
  const root = convert(documentSchema, definitions);
  // In place of the three loose entries of the document.
  definitions['source'] = oneOfTypes(known, 'source', convert(commonSourceOptions, definitions), definitions);
  definitions['destination'] = oneOfTypes(known, 'destination', destinationKeys(definitions), definitions);
  definitions['transform'] = oneStep(known, definitions);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Triplicate configuration',
    ...root,
    definitions,
  };
};

/** What a person writes, and not what is made of it. Definitions move into the one table of the document. */
const convert = (schema: z.ZodType, definitions: Record<string, unknown>, prefix = ''): JsonSchema => {
  const json = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => tidy(jsonSchema),
  }) as JsonSchema;
  const { $schema: _, definitions: inner, ...rest } = json;
  let text = JSON.stringify(rest);
  for (const [id, definition] of Object.entries((inner ?? {}) as JsonSchema)) {
    const same = JSON.stringify(definitions[id] ?? definition) === JSON.stringify(definition);
    const name = same ? id : `${prefix}-${id}`;
    definitions[name] = definition;
    text = text.replaceAll(`"#/definitions/${id}"`, `"#/definitions/${name}"`);
  }
  return JSON.parse(text) as JsonSchema;
};

/** Takes our own marks out, which are no words of JSON Schema, and from quantities the plain numbers that only we may write. */
const tidy = (json: Record<string, unknown>): void => {
  const { quantity, anyOf } = json;
  if (quantity !== undefined && Array.isArray(anyOf)) {
    delete json['anyOf'];
    Object.assign(json, anyOf[0]);
  }
  for (const mark of ['secret', 'quantity', 'runsCode', 'id']) delete json[mark];
};

const destinationKeys = (definitions: Record<string, unknown>): JsonSchema => {
  const { properties, ...rest } = convert(commonDestinationOptions, definitions);
  const { retain, ...others } = properties as Readonly<Record<string, JsonSchema>>;
  const { description } = retain ?? {};
  return { ...rest, properties: { ...others, retain: { description, allOf: [{ $ref: '#/definitions/retain' }] } } };
};

/** One branch for each type that is known, and one for types that a plugin may bring. */
const oneOfTypes = (
  plugins: readonly Plugin[],
  kind: PluginKind,
  common: JsonSchema,
  definitions: Record<string, unknown>,
): JsonSchema => {
  const types = plugins.filter((plugin) => plugin.kind === kind);
  const names = types.map(({ type }) => type).toSorted();
  for (const { type, summary, options } of types)
    definitions[`${kind}-${type}`] = joinKeys(type, summary, common, convert(options, definitions, `${kind}-${type}`));
  const others = {
    type: 'string',
    pattern: `^(?!(?:${names.join('|')})$)[a-z0-9]`,
    description: 'Of a third-party plugin',
  };
  return {
    anyOf: [
      ...names.map((type) => ({ $ref: `#/definitions/${kind}-${type}` })),
      { type: 'object', properties: { type: others }, required: ['type'] },
    ],
  };
};

/** The keys of one type: `type`, the common ones and its own, and no others. */
const joinKeys = (type: string, summary: string, common: JsonSchema, own: JsonSchema): JsonSchema => {
  const branches = (own['anyOf'] ?? own['oneOf']) as readonly JsonSchema[] | undefined;
  if (branches !== undefined)
    return { description: summary, anyOf: branches.map((branch) => joinKeys(type, summary, common, branch)) };
  return {
    description: summary,
    type: 'object',
    properties: { type: { const: type }, ...(own['properties'] as object), ...(common['properties'] as object) },
    required: ['type', ...((own['required'] ?? []) as readonly string[])],
    additionalProperties: false,
  };
};

/** A step: one key, the type of a transform; or the type alone, where no option is needed. */
const oneStep = (plugins: readonly Plugin[], definitions: Record<string, unknown>): JsonSchema => {
  const transforms = plugins
    .filter((plugin) => plugin.kind === 'transform')
    .map(({ type, summary, options }): Step => ({ type, summary, options: convert(options, definitions, type) }));
  const encrypt = { type: 'encrypt', summary: 'Seals everything under a password; the last step' };
  const known = [...transforms, { ...encrypt, options: convert(encryptOptions, definitions) }];
  const words = known.filter(isOptional).map(({ type }) => type);
  return {
    anyOf: [
      ...known.map(withOptions),
      { enum: words, description: 'A transform with its defaults' },
      ...thirdPartySteps(known.map(({ type }) => type)),
    ],
  };
};

interface Step {
  readonly type: string;
  readonly summary: string;
  readonly options: JsonSchema;
}

const isOptional = ({ options }: Step): boolean => ((options['required'] ?? []) as readonly string[]).length === 0;

const withOptions = (step: Step): JsonSchema => {
  const { type, summary: description, options } = step;
  // Nothing behind the colon is null in YAML, and means the defaults.
  const value = isOptional(step) ? { anyOf: [options, { type: 'null' }] } : options;
  return {
    type: 'object',
    properties: { [type]: { description, ...value } },
    required: [type],
    additionalProperties: false,
  };
};

const thirdPartySteps = (known: readonly string[]): JsonSchema[] => {
  const pattern = `^(?!(?:${known.toSorted().join('|')})$)[a-z0-9]`;
  const description = 'Of a third-party plugin';
  return [
    { type: 'object', description, propertyNames: { pattern }, minProperties: 1, maxProperties: 1 },
    { type: 'string', description, pattern },
  ];
};
