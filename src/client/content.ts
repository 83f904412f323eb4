import type { Call } from './transport.ts';

/** A body as it goes over the wire; undefined without one. */
export function contentOf(body: Call['body']): { text: string; type: string } | undefined {
  if (body === undefined) return undefined;
  if ('text' in body && 'type' in body && typeof body.text === 'string' && typeof body.type === 'string')
    return { text: body.text, type: body.type };
  return { text: JSON.stringify(body), type: 'application/json' };
}
