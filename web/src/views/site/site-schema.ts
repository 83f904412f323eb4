import type { YamlPlace } from './yaml-place.ts';

/** JSON Schema, as far as that of the site file uses it. */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** Something that can stand at a place. */
export interface Suggestion {
  readonly label: string;
  readonly kind: 'key' | 'value' | 'name';
  /** What is written; the label unless given. */
  readonly insert?: string;
  /** A few words beside it. */
  readonly detail?: string;
  readonly description?: string;
  /** The object cannot do without it. */
  readonly required?: boolean;
}

const choicesOf = (schema: Schema): readonly Schema[] => [
  schema,
  ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((choice) => choicesOf(choice)),
];

/** Every schema that the value at the end of a way may have. */
function schemasAt(root: Schema, path: readonly (string | number)[]): readonly Schema[] {
  let found = choicesOf(root);
  for (const step of path) {
    const next = found.flatMap(({ items, properties }) => {
      const below = typeof step === 'number' ? items : properties?.[step];
      return below === undefined ? [] : [below];
    });
    found = next.flatMap(choicesOf);
  }
  return found;
}

/** The schema of the value at the end of a way: its description, for a reader who points at it. */
export function schemaAt(root: Schema, path: readonly (string | number)[]): Schema | undefined {
  return schemasAt(root, path)[0];
}

/** A value as it stands in YAML: in quotes where it would be something else without them. */
export function renderYamlValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(renderYamlValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, part]) => `${key}: ${renderYamlValue(part)}`)
      .join(', ')}}`;
  if (typeof value !== 'string') return String(value);
  const isPlain = /^[A-Za-z0-9/][\w./%-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|~|[\d.]+)$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}

/** What a new key is followed by: its value on the same line, or further lines of its own. */
function insertKey(key: string, schema: Schema, { flow, column }: YamlPlace): string {
  const below = `\n${' '.repeat(column + 2)}`;
  if (flow) return schema.type === 'array' ? `${key}: [` : schema.type === 'object' ? `${key}: {` : `${key}: `;
  if (schema.type === 'object') return `${key}:${below}`;
  if (schema.type === 'array' && schema.items?.type === 'object') return `${key}:${below}- `;
  return `${key}: `;
}

const wordsOf = ({ type, enum: allowed, anyOf }: Schema): string =>
  allowed ? allowed.join(' | ') : (type ?? anyOf?.map(wordsOf).join(' | ') ?? '');

function keysOf(schemas: readonly Schema[], place: YamlPlace): Suggestion[] {
  const suggestions = new Map<string, Suggestion>();
  const required = new Set(schemas.flatMap((schema) => schema.required ?? []));
  for (const { properties = {} } of schemas)
    for (const [key, schema] of Object.entries(properties)) {
      if (place.siblings.includes(key) || suggestions.has(key)) continue;
      suggestions.set(key, {
        label: key,
        kind: 'key',
        insert: insertKey(key, schema, place),
        detail: wordsOf(schema),
        required: required.has(key),
        ...(schema.description === undefined ? {} : { description: schema.description }),
      });
    }
  return [...suggestions.values()];
}

function valuesOf(schemas: readonly Schema[]): Suggestion[] {
  const suggestions = new Map<string, Suggestion>();
  const add = (value: unknown, detail?: string, description?: string): void => {
    const label = renderYamlValue(value);
    if (suggestions.has(label)) return;
    suggestions.set(label, {
      label,
      kind: 'value',
      ...(detail === undefined ? {} : { detail }),
      ...(description === undefined ? {} : { description }),
    });
  };
  for (const schema of schemas) {
    const { description } = schema;
    const fallback = schema.default;
    const isScalar = typeof fallback !== 'object' || fallback === null;
    if (fallback !== undefined && isScalar) add(fallback, 'default', description);
    for (const value of schema.enum ?? []) add(value, undefined, description);
    if (schema.const !== undefined) add(schema.const, undefined, description);
    for (const value of schema.type === 'boolean' ? [true, false] : []) add(value, undefined, description);
    for (const value of schema.enum ? [] : (schema.examples ?? [])) add(value, 'example', description);
  }
  return [...suggestions.values()];
}

/** Names that objects of the document have, by the list that they stand in. */
export function namesIn(text: string, list: 'segments' | 'guests' | 'pools'): string[] {
  const start = new RegExp(`^${list}\\s*:`, 'm').exec(text)?.index;
  if (start === undefined) return [];
  const rest = text.slice(start);
  const next = /\n[A-Za-z]/.exec(rest)?.index ?? rest.length;
  const found = rest.slice(0, next).matchAll(/(?:[{,-]\s*|\n\s+)name:\s*["']?([\w.-]+)/g);
  return [...new Set([...found].map(([, name = '']) => name))];
}

/** Names that may stand at a place because other parts of the document define them. */
function namesAt({ path }: YamlPlace, text: string): Suggestion[] {
  const key = path.filter((step) => typeof step === 'string').join('.');
  const names = (list: 'segments' | 'guests' | 'pools', behind = ''): Suggestion[] =>
    namesIn(text, list).map((name) => {
      const label = behind === '' ? name : JSON.stringify(`${name}${behind}`);
      return { label, kind: 'name', detail: list.slice(0, -1) };
    });
  if (key === 'forwards.to') return names('guests', ':80');
  if (key === 'policies.from' || key === 'policies.to')
    return [
      ...names('segments'),
      ...names('guests'),
      ...['world', 'host'].map((label) => ({ label, kind: 'name' as const })),
    ];
  if (/(^|\.)segment$/.test(key)) return names('segments');
  if (/(^|\.)pool$/.test(key) || key === 'pools.parent') return names('pools');
  if (key === 'alerts.rules.guest') return names('guests');
  return [];
}

/** What can stand at a place of a site file, what must be there first. */
export function suggestionsAt(root: Schema, place: YamlPlace, text: string): Suggestion[] {
  const schemas = schemasAt(root, place.path);
  const keys = place.kind === 'value' ? [] : keysOf(schemas, place);
  const values = place.kind === 'key' ? [] : [...namesAt(place, text), ...valuesOf(schemas)];
  const seen = new Set<string>();
  const isNew = ({ label }: Suggestion): boolean => !seen.has(label) && seen.add(label) !== undefined;
  return [...keys.sort((a, b) => Number(b.required) - Number(a.required)), ...values].filter(isNew);
}
