import type { ObjectChange } from '../client/site.ts';
import { paint, plain } from './output.ts';

const marks = { add: ['green', '+'], remove: ['red', '-'], change: ['yellow', '~'] } as const;

const isBody = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys that are otherwise: `to: web1:80 → web1:81`. */
function renderKeys(before: unknown, after: unknown): string[] {
  const [was, is] = [isBody(before) ? before : {}, isBody(after) ? after : {}];
  const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((key) => JSON.stringify(was[key]) !== JSON.stringify(is[key]))
    .map((key) => plain(`    ${key}: ${show(was[key])} → ${show(is[key])}`));
}

/** What became of one object, a line; of one that became different, what of it. */
export function renderObjectChange({ change, kind, name, origin, before, after }: ObjectChange): string[] {
  const [colour, mark] = marks[change];
  const by = origin === 'api' ? ', made through the API' : '';
  const line = `${paint(colour, mark, process.stdout)} ${plain(`${kind} "${name}"${by}`)}`;
  return change === 'change' ? [line, ...renderKeys(before, after)] : [line];
}
