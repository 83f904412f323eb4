import type { Completion, CompletionSource } from '@codemirror/autocomplete';
import { type Schema, type Suggestion, schemaAt, suggestionsAt } from './site-schema.ts';
import { yamlPlaceAt } from './yaml-place.ts';

const types = { key: 'property', value: 'enum', name: 'variable' } as const;

function completionOf({ label, kind, insert = label, detail, description, required }: Suggestion): Completion {
  return {
    label,
    apply: insert,
    type: types[kind],
    // What must be there stands first, then names of this site, then the rest as the schema has it.
    boost: required ? 20 : kind === 'name' ? 10 : 0,
    ...(detail === undefined ? {} : { detail: required ? `${detail} *` : detail }),
    ...(description === undefined ? {} : { info: description }),
  };
}

/** What can be written at the cursor, as the schema and the other parts of the document say. */
export const siteCompletion =
  (schema: Schema | undefined): CompletionSource =>
  ({ state, pos, explicit }) => {
    if (schema === undefined) return null;
    const text = state.doc.toString();
    const place = yamlPlaceAt(text, pos);
    if (!explicit && place.word === '' && !/[\s{[,-]$/.test(text.slice(Math.max(0, pos - 1), pos))) return null;
    if (place.word.startsWith('#')) return null;
    // A value needs a space behind the colon of its key.
    const gap = text[place.from - 1] === ':' ? ' ' : '';
    const options = suggestionsAt(schema, place, text).map((suggestion, index, all) => {
      const completion = completionOf(suggestion);
      const order = (completion.boost ?? 0) + (all.length - index) / all.length;
      return { ...completion, boost: order, apply: `${gap}${suggestion.insert ?? suggestion.label}` };
    });
    return options.length === 0 ? null : { from: place.from, options, validFor: /^["'\w./:-]*$/ };
  };

/** What the schema says of the key or value at an offset: its way and its schema. */
export function aboutPlace(
  schema: Schema,
  text: string,
  position: number,
): { readonly path: string; readonly schema: Schema } | undefined {
  let end = position;
  while (end < text.length && /[\w-]/.test(text[end] ?? '')) end += 1;
  let colon = end;
  while (text[colon] === ' ' || text[colon] === '"') colon += 1;
  // Behind its colon, a key is the one whose value follows.
  const isKey = text[colon] === ':' && /[\s]|$/.test(text[colon + 1] ?? '');
  const { path } = yamlPlaceAt(`${text.slice(0, isKey ? colon + 1 : end)}${isKey ? ' ' : ''}`, isKey ? colon + 2 : end);
  const found = schemaAt(schema, path);
  if (found?.description === undefined) return undefined;
  const words = path.filter((step) => typeof step === 'string').join('.');
  return words === '' ? undefined : { path: words, schema: found };
}
