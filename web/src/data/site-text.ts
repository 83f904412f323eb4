import { requestAnswer } from '../../../src/client/request.ts';
import { transport } from './client.ts';

/** Key of the texts of sites; below it, the number of the revision or `now`. */
export const siteKey = ['site-text'] as const;

/** The site as a site file; as of a revision, or as it is now. 0 is the empty site before the first one. */
export async function readSiteText(revision?: number): Promise<string> {
  const path = `/v1/site${revision === undefined ? '' : `?revision=${revision}`}`;
  const answer = await transport.send({ method: 'GET', path, accept: 'application/yaml' });
  if (answer.status >= 400) {
    // The same question again, for the failure as the client words it.
    await requestAnswer(transport, 'GET', path);
  }
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of answer.pieces) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
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
