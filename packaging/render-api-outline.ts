import { type ApiDocument, type Operation, type Schema, typeOf } from './api-schema.ts';

const plain = (name: string): string => name;

/** What a value may be, bounds included. */
function describe(schema: Schema): string {
  const bounds = [
    ['>=', schema.minimum],
    ['<=', schema.maximum],
    ['length >=', schema.minLength],
    ['length <=', schema.maxLength],
    ['items >=', schema.minItems],
    ['items <=', schema.maxItems],
    ['default', schema.default === undefined ? undefined : JSON.stringify(schema.default)],
    ['like', schema.pattern],
  ].filter(([, value]) => value !== undefined && Math.abs(Number(value)) !== Number.MAX_SAFE_INTEGER);
  return [typeOf(schema, plain), ...bounds.map(([name, value]) => `${name} ${value}`)].join(', ');
}

function linesOf(where: string, schema: Schema | undefined, required = true): string[] {
  if (schema === undefined) return [];
  const own = `${where}${required ? '' : '?'}: ${describe(schema)}${schema.additionalProperties === false ? ', no other keys' : ''}`;
  const object = schema.items?.properties ? schema.items : schema;
  const inner = schema.items?.properties ? `${where}[]` : where;
  const keys = Object.entries(object.properties ?? {}).flatMap(([name, key]) =>
    linesOf(`${inner}.${name}`, key, object.required?.includes(name)),
  );
  const choices = (schema.anyOf ?? schema.oneOf ?? []).flatMap((choice, index) =>
    choice.properties ? linesOf(`${where}<${index}>`, choice) : [],
  );
  return [own, ...keys, ...choices];
}

function outlineOf(method: string, path: string, operation: Operation): string[] {
  const name = `${method.toUpperCase()} ${path}`;
  return [
    `${name} = ${operation.operationId}`,
    ...(operation.parameters ?? []).map(
      ({ name: parameter, in: place, required, schema }) =>
        `${name} ${place} ${parameter}${required ? '' : '?'}: ${describe(schema)}`,
    ),
    ...Object.entries(operation.requestBody?.content ?? {}).flatMap(([type, { schema }]) =>
      linesOf(`${name} body ${type}`, schema),
    ),
    ...Object.entries(operation.responses ?? {}).flatMap(([status, { content, $ref }]) =>
      $ref === undefined
        ? Object.entries(content ?? {}).flatMap(([type, { schema }]) => linesOf(`${name} ${status} ${type}`, schema))
        : [`${name} ${status} ${$ref.replace(/.*\//, '')}`],
    ),
  ];
}

/** The API as lines, one for each thing that callers may depend on: their differences are changes of the API. */
export function renderApiOutline(openapi: object): string {
  const { paths, components } = openapi as ApiDocument;
  const lines = [
    ...Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, operation]) => outlineOf(method, path, operation)),
    ),
    ...Object.entries(components.schemas).flatMap(([name, schema]) => linesOf(`schema ${name}`, schema)),
  ];
  return `${lines.join('\n')}\n`;
}
