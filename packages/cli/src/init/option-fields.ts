import { z } from 'zod';

/** One option of a plugin that a person can be asked for. */
export interface OptionField {
  readonly key: string;
  readonly about: string | undefined;
  readonly isSecret: boolean;
  readonly required: boolean;
  /** What is wrong with such a value, or nothing. */
  readonly objection: (typed: string) => string | undefined;
}

interface JsonProperty {
  readonly type?: unknown;
  readonly description?: unknown;
  readonly secret?: unknown;
  readonly $ref?: unknown;
  readonly anyOf?: readonly JsonProperty[];
}

/** A reference to a secret is written once, and pointed to by each option that takes one. */
const isSecretProperty = ({ secret, $ref }: JsonProperty): boolean => secret === true || $ref === '#/$defs/secret';

const isText = ({ type, anyOf = [] }: JsonProperty): boolean => type === 'string' || anyOf.some(isText);

/** Texts and secrets of a plugin's options, as a person writes them. */
export const fieldsOf = (options: z.ZodType): OptionField[] => {
  const schema = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }) as {
    readonly properties?: Readonly<Record<string, JsonProperty>>;
    readonly required?: readonly string[];
  };
  return Object.entries(schema.properties ?? {})
    .filter(([, property]) => isText(property) || isSecretProperty(property))
    .map(([key, property]) => ({
      key,
      about: typeof property.description === 'string' ? property.description : undefined,
      isSecret: isSecretProperty(property),
      required: schema.required?.includes(key) ?? false,
      objection: (typed) =>
        options.safeParse({ [key]: typed }).error?.issues.find(({ path }) => path[0] === key)?.message,
    }));
};
