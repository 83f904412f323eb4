const reserved = /^(?:null|true|false|yes|no|on|off|y|n)$/i;
/** Words, addresses, amounts with a unit: what people write without quotes, and YAML 1.2 reads as text. */
const plain = [
  /^[A-Za-z][A-Za-z0-9_./@+-]*(?::[A-Za-z0-9_./@+-]+)*$/,
  /^\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?$/,
  /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?:\/\d{1,2})?$/,
  /^[1-9]\d*[A-Za-z%/]+$/,
  /^\d+-\d+$/,
];

function renderScalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  if (!reserved.test(value) && plain.some((pattern) => pattern.test(value))) return value;
  // A text of JSON is one of YAML 1.2.
  return JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

const renderKey = (key: string): string =>
  /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) && !reserved.test(key) ? key : JSON.stringify(key);

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

function* linesOf(value: object, indent: string): Generator<string> {
  for (const [key, part] of Array.isArray(value)
    ? value.map((each: unknown) => [undefined, each] as const)
    : Object.entries(value)) {
    if (part === undefined) continue;
    const head = key === undefined ? '-' : `${renderKey(key)}:`;
    if (typeof part !== 'object' || part === null) yield `${indent}${head} ${renderScalar(part)}`;
    else if (isEmpty(part)) yield `${indent}${head} ${Array.isArray(part) ? '[]' : '{}'}`;
    else if (key === undefined) {
      // The first line of an entry stands behind its dash.
      let first = true;
      for (const line of linesOf(part, `${indent}  `)) {
        yield first ? `${indent}- ${line.slice(indent.length + 2)}` : line;
        first = false;
      }
    } else {
      yield `${indent}${head}`;
      yield* linesOf(part, `${indent}  `);
    }
  }
}

/** What JSON can hold, as YAML 1.2 in the form that people write. Takes time by length alone. */
export function renderYaml(value: object): string {
  return isEmpty(value) ? '{}\n' : `${[...linesOf(value, '')].join('\n')}\n`;
}
