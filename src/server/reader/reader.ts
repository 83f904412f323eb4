import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App } from '../app.ts';

const compress = promisify(gzip);

/** Swagger UI as it was released, from its package; nothing is fetched from elsewhere. */
const bundle = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui')), 'static');

const files: Readonly<Record<string, { readonly path: string; readonly type: string }>> = {
  'swagger-ui.css': { path: join(bundle, 'swagger-ui.css'), type: 'text/css; charset=utf-8' },
  'swagger-ui-bundle.js': { path: join(bundle, 'swagger-ui-bundle.js'), type: 'text/javascript; charset=utf-8' },
  'reader.js': { path: join(import.meta.dirname, 'reader.js'), type: 'text/javascript; charset=utf-8' },
  'reader.css': { path: join(import.meta.dirname, 'reader.css'), type: 'text/css; charset=utf-8' },
};

/**
 * What the reader page may do: scripts and connections of this daemon alone. Swagger UI writes `style` attributes, so
 * styles may be inline; pictures are data of its own.
 */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bridgekeeper: API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/reader.css">
</head>
<body>
<main id="reader"><noscript>This page needs scripts. The document itself is at /openapi.json.</noscript></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/reader.js"></script>
</body>
</html>
`;

/** Bytes of one piece: whoever asks and does not read holds little more of a text in memory. */
const pieceSize = 64 * 1024;

function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceSize) yield bytes.subarray(at, at + pieceSize);
}

/** Text that is served often and changes never: kept compressed, with a tag of its content. */
export class FixedText {
  readonly #read: () => Promise<string | Buffer>;
  readonly #type: string;
  #ready: Promise<{ plain: Buffer; packed: Buffer; tag: string }> | undefined;

  constructor(type: string, read: () => Promise<string | Buffer>) {
    this.#type = type;
    this.#read = read;
  }

  async #make() {
    const plain = Buffer.from(await this.#read());
    const tag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
    return { plain, packed: await compress(plain), tag };
  }

  async send(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    this.#ready ??= this.#make();
    const { plain, packed, tag } = await this.#ready;
    reply.header('etag', tag).header('cache-control', 'no-cache').header('vary', 'accept-encoding').type(this.#type);
    reply.serializer((value: unknown) => value as string);
    if (request.headers['if-none-match'] === tag) return reply.code(304).send();
    const takesGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    if (takesGzip) reply.header('content-encoding', 'gzip');
    const bytes = takesGzip ? packed : plain;
    return reply.header('content-length', bytes.length).send(Readable.from(piecesOf(bytes), { objectMode: false }));
  }
}

const hide = { hide: true } as const;

/** The OpenAPI document at /openapi.json, and a page at /docs that people can read it with, without any other host. */
export function addReader(app: App): void {
  const document = new FixedText('application/json; charset=utf-8', async () => JSON.stringify(app.swagger()));
  const texts = new Map(
    Object.entries(files).map(([name, { path, type }]) => [name, new FixedText(type, () => readFile(path))]),
  );
  const index = new FixedText('text/html; charset=utf-8', async () => page);
  app.get('/openapi.json', { schema: hide }, (request, reply) => document.send(request, reply) as never);
  app.get('/docs', { schema: hide }, (request, reply) => {
    reply.header('content-security-policy', contentPolicy);
    return index.send(request, reply) as never;
  });
  const params = z.object({ file: z.string().max(64) });
  app.get('/docs/:file', { schema: { ...hide, params } }, (request, reply) => {
    const text = texts.get(request.params.file);
    return (text === undefined ? reply.callNotFound() : text.send(request, reply)) as never;
  });
}
