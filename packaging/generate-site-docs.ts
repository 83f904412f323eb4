import { z } from 'zod';
import { alertsSchema } from '../src/model/alerts-schema.ts';
import { rotationSchema } from '../src/model/rotation-schema.ts';
import { expectationOf } from '../src/model/schema-leaf.ts';
import { siteJsonSchema } from '../src/model/site-json-schema.ts';
import {
  forwardSchema,
  guestSchema,
  policySchema,
  poolSchema,
  segmentSchema,
  siteSchema,
} from '../src/model/site-schema.ts';
import { watchSchema } from '../src/model/watch-schema.ts';

interface Def {
  readonly type: string;
  readonly shape?: Record<string, z.core.$ZodType>;
  readonly element?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
  readonly defaultValue?: unknown;
  readonly in?: z.core.$ZodType;
  readonly entries?: Record<string, string>;
  readonly options?: readonly z.core.$ZodType[];
  readonly values?: readonly unknown[];
}

const defOf = (schema: z.core.$ZodType): Def => schema._zod.def as unknown as Def;

/** A schema without its wrappers, and what they say: its default, and whether the key may be left out. */
function unwrap(schema: z.core.$ZodType): { inner: z.core.$ZodType; fallback?: unknown; optional: boolean } {
  let inner = schema;
  let fallback: unknown;
  let optional = false;
  for (let def = defOf(inner); def.innerType; def = defOf(inner)) {
    optional = true;
    if (def.type === 'prefault') fallback = def.defaultValue;
    inner = def.innerType;
  }
  return { inner, optional, ...(fallback === undefined ? {} : { fallback }) };
}

const metaOf = (schema: z.core.$ZodType): { description?: string; examples?: unknown[] } =>
  (z.globalRegistry.get(schema) ?? {}) as { description?: string; examples?: unknown[] };

/** Flow YAML as people write it: `[5060, 16384-16483]`. */
function renderValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(renderValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).map(([key, part]) => `${key}: ${renderValue(part)}`);
    return `{${parts.join(', ')}}`;
  }
  // An address such as 2001:db8::10 or a target such as web1:80 would be text either way; quotes make it plain.
  return typeof value === 'string' && /^[\d.]*:|:\d+$|::/.test(value) ? JSON.stringify(value) : String(value);
}

const code = (text: string): string => `\`${text}\``;
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function renderType(schema: z.core.$ZodType): string {
  const def = defOf(schema);
  if (def.type === 'array') return `list: ${renderType(unwrap(def.element as z.core.$ZodType).inner)}`;
  if (def.type === 'enum')
    return Object.keys(def.entries ?? {})
      .map(code)
      .join(' or ');
  if (def.type === 'object') return 'mapping';
  if (def.type === 'pipe') return renderType(def.in as z.core.$ZodType);
  if (def.type === 'union') return (def.options ?? []).map(renderType).join(' or ');
  if (def.type === 'literal') return (def.values ?? []).map((value) => code(renderValue(value))).join(' or ');
  if (def.type === 'boolean') return '`true` or `false`';
  return def.type === 'number' ? 'whole number' : 'text';
}

function renderDefault(fallback: unknown, optional: boolean): string {
  if (!optional) return '**required**';
  return fallback === undefined ? '' : code(renderValue(fallback));
}

function renderRow(key: string, schema: z.core.$ZodType): string {
  const { inner, fallback, optional } = unwrap(schema);
  const { description = '', examples = [] } = metaOf(inner);
  const expectation = expectationOf(inner);
  const meaning =
    expectation && defOf(inner).type === 'pipe' ? `${description} Expected: ${expectation}.` : description;
  const shown = examples.map((example) => code(renderValue(example))).join('<br>');
  const columns = [code(key), renderType(inner), renderDefault(fallback, optional), meaning, shown];
  return `| ${columns.map(cell).join(' | ')} |`;
}

function renderTable(schema: z.core.$ZodType): string {
  const rows = Object.entries(defOf(schema).shape ?? {}).map(([key, value]) => renderRow(key, value));
  return ['| key | type | default | meaning | example |', '|---|---|---|---|---|', ...rows].join('\n');
}

function renderSection(title: string, schema: z.core.$ZodType): string {
  const { inner } = unwrap(schema);
  return `## ${title}\n\n${metaOf(inner).description ?? ''}\n\n${renderTable(inner)}\n`;
}

const { uplink, limits, rotation, retention, sessionLog, watch, privacy, alerts, owners } = siteSchema.shape;
const { hooks, schedules } = rotationSchema.shape;
const hook = defOf(unwrap(hooks).inner).element as z.core.$ZodType;
const schedule = defOf(unwrap(schedules).inner).element as z.core.$ZodType;
const elementOf = (list: z.core.$ZodType): z.core.$ZodType => defOf(unwrap(list).inner).element as z.core.$ZodType;
const rule = elementOf(alertsSchema.shape.rules);
const action = (defOf(rule).shape as Record<string, z.core.$ZodType>).action as z.core.$ZodType;
const notifier = elementOf(alertsSchema.shape.notifiers);
const owner = elementOf(owners);
const quota = (defOf(owner).shape as Record<string, z.core.$ZodType>).quota as z.core.$ZodType;
const dhcp = segmentSchema.shape.dhcp;
const storm = segmentSchema.shape.storm;
const nic = defOf(unwrap(guestSchema.shape.nics).inner).element as z.core.$ZodType;

function renderReference(): string {
  return `# The site file

<!-- Made by \`npm run generate\` from src/model/site-schema.ts. Do not edit. -->

A site file says everything that one installation keeps. It is YAML 1.2 (or JSON) in UTF-8, one document of at most
8 MB, without tags and directives. \`bridgekeeper validate FILE\` lists every mistake in it with line and column, what
was seen and what was expected, and changes nothing. [site.schema.json](site.schema.json) lets editors help:

    # yaml-language-server: $schema=docs/reference/site.schema.json

Words such as \`no\`, \`on\` and \`1:30\` are text in YAML 1.2, and MAC addresses need no quotes. A name that consists of
digits does: \`name: "123"\`. A key with nothing after it, such as \`forwards:\`, is an empty list.
[examples/devlab.yaml](../../examples/devlab.yaml) uses nearly every key.

${[
  renderSection('Top of the file', siteSchema),
  renderSection('uplink', uplink),
  renderSection('pools', poolSchema),
  renderSection('segments', segmentSchema),
  renderSection('segments: dhcp', dhcp),
  renderSection('segments: storm', storm),
  renderSection('guests', guestSchema),
  renderSection('guests: nics', nic),
  renderSection('guests: limits', guestSchema.shape.limits),
  renderSection('guests: nat', guestSchema.shape.nat),
  renderSection('forwards', forwardSchema),
  renderSection('policies', policySchema),
  renderSection('limits', limits),
  renderSection('rotation', rotation),
  renderSection('rotation: hooks', hook),
  renderSection('rotation: schedules', schedule),
  renderSection('retention', retention),
  renderSection('sessionLog', sessionLog),
  renderSection('watch', watch),
  renderSection('watch: suricata', watchSchema.shape.suricata),
  renderSection('privacy', privacy),
  renderSection('alerts', alerts),
  renderSection('alerts: rules', rule),
  renderSection('alerts: rules: action', action),
  renderSection('alerts: notifiers', notifier),
  renderSection('owners', owner),
  renderSection('owners: quota', quota),
].join('\n')}`;
}

/** Path in the repository → content of every page that is made from the schema of the site file. */
export async function generateSiteDocs(): Promise<Map<string, string>> {
  return new Map([
    ['docs/reference/site-file.md', renderReference()],
    ['docs/reference/site.schema.json', `${JSON.stringify(siteJsonSchema(), null, 2)}\n`],
  ]);
}
