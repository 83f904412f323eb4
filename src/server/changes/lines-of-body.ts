import { AppError } from '../../errors/app-error.ts';
import type { App } from '../app.ts';
import { refuseDeepJson } from '../refuse-deep-json.ts';

/** One value of JSON a line. */
export const linesType = 'application/x-ndjson';

/** JSON Lines, a value a line; empty lines are passed over. Throws `request-invalid` that names the line. */
export function parseLines(text: string): unknown[] {
  const values: unknown[] = [];
  let number = 0;
  for (const line of text.split('\n')) {
    number += 1;
    if (line.trim() === '') continue;
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
