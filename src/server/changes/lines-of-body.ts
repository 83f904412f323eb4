import { AppError } from '../../errors/app-error.ts';
import type { App } from '../app.ts';
import { refuseDeepJson } from '../refuse-deep-json.ts';

/** One value of JSON a line. */
export const linesType = 'application/x-ndjson';

/** Values of one body: as many as a list of JSON may have. */
const mostLines = 100_000;

/** Lines one by one: a body of nothing but line ends is no list of millions of texts. */
function* linesOf(text: string): Generator<string> {
  for (let start = 0; start <= text.length; ) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    yield text.slice(start, end);
    start = end + 1;
  }
}

/** JSON Lines, a value a line; empty lines are passed over. Throws `request-invalid` that names the line. */
export function parseLines(text: string): unknown[] {
  const values: unknown[] = [];
  let number = 0;
  for (const line of linesOf(text)) {
    number += 1;
    if (line.trim() === '') continue;
    if (values.length >= mostLines)
      throw new AppError('request-invalid', `The body has more than ${mostLines} lines that say something.`);
    refuseDeepJson(line);
    try {
      values.push(JSON.parse(line, refusePrototype));
    } catch (cause) {
      throw new AppError('request-invalid', `Line ${number} of the body is no JSON: ${(cause as Error).message}.`, {
        cause,
      });
    }
  }
  return values;
}

/** Keys that would reach into what all objects share; what reads JSON bodies refuses them as well. */
function refusePrototype(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('an object has the key "__proto__"');
  return value;
}

/**
 * Lets the routes that `add` adds take bodies of JSON Lines as well: they read as `{[key]: lines}`. Other routes go on
 * refusing them.
 */
export function takeLines(app: App, key: string, add: (scope: App) => void): void {
  app.register(async (instance) => {
    const scope = instance as unknown as App;
    scope.addContentTypeParser<string>(linesType, { parseAs: 'string' }, (_request, text, done) => {
      try {
        done(null, { [key]: parseLines(text) });
      } catch (error) {
        done(error as Error);
      }
    });
    add(scope);
  });
}
