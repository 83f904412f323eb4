import { type ApiDocument, type Operation, resolve, type Schema } from '../../../packaging/api-schema.ts';

/** A request that somebody hostile, or a broken program, may send. */
export interface StrangeRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** It cannot be meant: whoever sends it must be told so, with a 4xx. */
  readonly senseless: boolean;
}

const json = 'application/json';

/** Percent-encoded, as they stand in a path or query. */
const strangeTexts: readonly string[] = [
  '%00',
  '%ff%fe',
  '%E0%A4%A',
  '%zz',
  '..%2f..%2f..%2fetc%2fpasswd',
  '__proto__',
  'constructor',
  'toString',
  '%F0%9F%92%A5',
  "'%20or%201=1%20--",
  '%24%7Bprocess.env%7D',
  '%0d%0aset-cookie:%20x=y',
  'x'.repeat(500),
  'x'.repeat(5_000),
  '-1',
  '1e999',
  '99999999999999999999',
  'NaN',
  '%5B%5D',
  '%7B%22a%22:1%7D',
  '',
];

const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

/** No JSON, or JSON that is nothing to anybody. */
const senselessBodies: readonly (readonly [body: Buffer, type: string])[] = [
  [Buffer.from(''), json],
  [Buffer.from('{'), json],
  [Buffer.from('null'), json],
  [Buffer.from('[]'), json],
  [Buffer.from('"text"'), json],
  [Buffer.from('42'), json],
  [Buffer.from([0xff, 0xfe, 0x7b, 0x7d]), json],
  [Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), json],
  [Buffer.from('{"a":1}', 'utf16le'), json],
  [Buffer.from(nested(20)), json],
  [Buffer.from(nested(50_000)), json],
  [Buffer.from('{"__proto__":{"admin":true}}'), json],
  [Buffer.from('{"constructor":{"prototype":{"admin":true}}}'), json],
  [Buffer.from('<a/>'), 'application/xml'],
  [Buffer.from('a=1'), 'application/x-www-form-urlencoded'],
  [Buffer.from('--x\r\n\r\n1\r\n--x--'), 'multipart/form-data; boundary=x'],
  [Buffer.from('{"nonsense":1}'), 'application/json; charset=utf-7; charset=x'],
  [Buffer.from('{}'), 'text/plain'],
  [Buffer.from('\u0000'.repeat(1_000)), 'application/octet-stream'],
];

const wrongValues: readonly unknown[] = [
  null,
  -1,
  1.5,
  1e308,
  true,
  '',
  'x'.repeat(100_000),
  '\u0000',
  '\ud800',
  [],
  {},
  [[[[]]]],
  Array.from({ length: 1_000 }, () => 'x'),
  { toString: 'x', length: -1 },
];

const strangeHeaders: readonly Readonly<Record<string, string>>[] = [
  { 'bridgekeeper-author': '%' },
  { 'bridgekeeper-author': 'x'.repeat(5_000) },
  { 'last-event-id': '-1' },
  { 'if-match': '"' },
  { 'if-match': 'W/"x", *, ' },
  { 'if-none-match': '*, *' },
  { 'idempotency-key': 'x'.repeat(5_000) },
  { 'idempotency-key': '""' },
  { accept: 'application/x-ndjson;q=0, */*;q=x' },
  { 'accept-encoding': 'gzip;q=-1, br;q=nan' },
  { cookie: '__Host-bridgekeeper=; =;;;' },
  { range: 'bytes=0-0,1-1' },
  { expect: '200-maybe' },
  { 'content-encoding': 'gzip' },
  { 'x-http-method-override': 'DELETE' },
  { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=unix' },
  { host: '' },
  { host: 'evil.example' },
];

/** A path whose parameters are all the same text. */
const fill = (path: string, text: string): string => path.replace(/\{\w+\}/g, text);

function* bodiesOf(schema: Schema): Generator<string> {
  const keys = Object.keys(schema.properties ?? {});
  // A few of all wrong values for each key, so that all come up over the keys.
  for (const [index, key] of keys.entries())
    for (let step = 0; step < 4; step++)
      yield JSON.stringify({ [key]: wrongValues[(index * 4 + step) % wrongValues.length] });
  for (const value of wrongValues) yield JSON.stringify(Object.fromEntries(keys.map((key) => [key, value])));
  yield JSON.stringify({ nonsense: 1 });
}

function* ofOperation(api: ApiDocument, method: string, path: string, operation: Operation): Generator<StrangeRequest> {
  const at = { method: method.toUpperCase(), headers: {} };
  const good = fill(path, 'x');
  if (path.includes('{'))
    for (const text of strangeTexts) if (text !== '') yield { ...at, path: fill(path, text), senseless: false };
  const queries = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  for (const [index, { name }] of queries.entries()) {
    for (let step = 0; step < 5; step++) {
      const text = strangeTexts[(index * 5 + step) % strangeTexts.length];
      yield { ...at, path: `${good}?${name}=${text}`, senseless: false };
    }
    yield { ...at, path: `${good}?${name}=1&${name}=2&${name}[a]=3`, senseless: true };
  }
  if (queries.length > 0) yield { ...at, path: `${good}?nonsense=1`, senseless: true };
  for (const headers of strangeHeaders) yield { ...at, path: good, headers, senseless: false };
  const given = operation.requestBody?.content[json]?.schema;
  if (given === undefined) return;
  const body = resolve(api, given);
  for (const [text, type] of senselessBodies)
    yield { ...at, path: good, body: text, headers: { 'content-type': type }, senseless: true };
  for (const text of bodiesOf(body))
    yield { ...at, path: good, body: Buffer.from(text), headers: { 'content-type': json }, senseless: false };
}

/** Methods that a path does not have, and some that no path has. */
function* ofMethods(path: string, methods: readonly string[]): Generator<StrangeRequest> {
  for (const method of ['PUT', 'PATCH', 'DELETE', 'TRACE', 'OPTIONS', 'PROPFIND'])
    if (!methods.includes(method.toLowerCase())) yield { method, path: fill(path, 'x'), headers: {}, senseless: true };
}

/** Strange requests to every operation of a document but those that are left out, in an order that is always the same. */
export function strangeRequests(api: ApiDocument, leftOut: ReadonlySet<string>): StrangeRequest[] {
  return Object.entries(api.paths).flatMap(([path, methods]) => [
    ...ofMethods(path, Object.keys(methods)),
    ...Object.entries(methods).flatMap(([method, operation]) =>
      leftOut.has(operation.operationId ?? '') ? [] : [...ofOperation(api, method, path, operation)],
    ),
  ]);
}
