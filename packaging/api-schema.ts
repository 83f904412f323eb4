/** JSON Schema of an OpenAPI 3.1 document, as far as ours has it. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly $ref?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}

type Content = Readonly<
  Record<
    string,
    { readonly schema?: Schema; readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }
  >
>;

export interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
    readonly description?: string;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses?: Readonly<Record<string, { readonly content?: Content; readonly $ref?: string }>>;
}

export interface ApiDocument {
  readonly info: { readonly description?: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const prefix = '#/components/schemas/';

const nameOf = ($ref: string): string => $ref.replace(prefix, '');

/** The schema that one refers to, or itself. */
export function resolve(api: ApiDocument, schema: Schema): Schema {
  return schema.$ref === undefined ? schema : (api.components.schemas[nameOf(schema.$ref)] ?? schema);
}

/** The schema of JSON among contents. */
export const jsonOf = (content: Content | undefined): Schema | undefined => content?.['application/json']?.schema;

/** What a schema is, in a few words of Markdown. `link`: how a schema of its own is named. */
export function typeOf(schema: Schema, link = (name: string) => `[${name}](schemas.md#${name.toLowerCase()})`): string {
  if (schema.$ref) return link(nameOf(schema.$ref));
  if (schema.allOf?.length === 1) return typeOf(schema.allOf[0] as Schema, link);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map((choice) => typeOf(choice, link)))].join(' or ');
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' or ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.items) return `list of ${schema.items.properties ? 'objects' : typeOf(schema.items, link)}`;
  return Array.isArray(schema.type) ? schema.type.join(' or ') : ((schema.type as string | undefined) ?? 'anything');
}

/** Keys of an object (or of the objects of a list), nested ones below theirs; none of what is a schema of its own. */
export function renderKeys(schema: Schema, depth = 0): string[] {
  const single = schema.allOf?.length === 1 ? (schema.allOf[0] as Schema) : schema;
  const object = single.items?.properties ? single.items : single;
  return Object.entries(object.properties ?? {}).flatMap(([name, key]) => {
    const optional = object.required?.includes(name) ? '' : ', optional';
    const text = key.description ? `: ${key.description}` : '';
    return [`${'  '.repeat(depth)}- \`${name}\` (${typeOf(key)}${optional})${text}`, ...renderKeys(key, depth + 1)];
  });
}
