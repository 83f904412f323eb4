import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';

/** Where `npm run build` puts the page. */
export const pageFolder = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/** Beside index.html, with names that stay: asked for again each time, by ETag. */
const lastingNames: readonly string[] = ['favicon.svg', 'colour-scheme.js'];
/** What belongs to the API; nobody gets a page there. */
const apiPaths = /^\/(?:v1|docs|openapi\.json|metrics)(?:[/?]|$)/;
/** Seconds. Names of assets change with their content. */
const year = 365 * 24 * 60 * 60;

const hide = { schema: { hide: true } } as const;

function sendIndex(reply: FastifyReply, folder: string): FastifyReply {
  if (!existsSync(join(folder, 'index.html')))
    return reply
      .code(503)
      .type('text/plain; charset=utf-8')
      .header('cache-control', 'no-store')
      .send("Bridgekeeper's page is not built. Build it with `npm run build` in the folder of Bridgekeeper.\n");
  return reply
    .header('cache-control', 'no-cache')
    .header('vary', 'accept, accept-encoding')
    .sendFile('index.html', folder, { cacheControl: false });
}

/**
 * The page an operator looks at: files of `folder`, compressed when they were built. Every path that is none of the
 * API's is a view, so that a link to it can be kept, for whoever asks for text/html.
 */
export async function addPage(app: App, folder = pageFolder): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    serve: false,
    preCompressed: true,
    dotfiles: 'ignore',
    index: false,
    // A daemon without its page goes on guarding.
    suppressWarning: true,
  });
  app.get('/assets/*', hide, (request, reply) => {
    const name = (request.params as { '*': string })['*'];
    if (!/^[\w.-]+$/.test(name) || !existsSync(join(folder, 'assets', name))) return reply.callNotFound();
    return reply
      .header('cache-control', `public, max-age=${year}, immutable`)
      .header('vary', 'accept-encoding')
      .sendFile(`assets/${name}`, folder, { cacheControl: false });
  });
  app.get('/*', hide, (request: FastifyRequest, reply) => {
    const name = (request.params as { '*': string })['*'];
    if (lastingNames.includes(name) && existsSync(join(folder, name)))
      return reply.header('cache-control', 'no-cache').sendFile(name, folder, { cacheControl: false });
    const wantsPage = request.headers.accept?.includes('text/html') ?? false;
    return wantsPage && !apiPaths.test(request.url) ? sendIndex(reply, folder) : reply.callNotFound();
  });
}
