import { requestAnswer } from '../../../src/client/request.ts';
import { transport } from './client.ts';

/** Key of the texts of sites; below it, the number of the revision or `now`. */
export const siteKey = ['site-text'] as const;

/**
 * The site as a site file, now or as of a revision; 0 is the empty site before the first one. `file`: what the site file
 * owns, so that it can be changed and applied; `all`: what was made through the API as well.
 */
export async function readSiteText(
  origin: 'file' | 'all',
  revision?: number,
): Promise<{ readonly text: string; readonly revision: number }> {
  const path = `/v1/site?origin=${origin}${revision === undefined ? '' : `&revision=${revision}`}`;
  const answer = await transport.send({ method: 'GET', path, accept: 'application/yaml' });
  // The same question again, for the failure as the client words it.
  if (answer.status >= 400) await requestAnswer(transport, 'GET', path);
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of answer.pieces) text += decoder.decode(piece, { stream: true });
  return { text: text + decoder.decode(), revision: Number(answer.header('bridgekeeper-revision') ?? 0) };
}

/** Offers a text as a file to keep. */
export function saveText(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken it over by then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
