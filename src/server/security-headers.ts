import helmet from '@fastify/helmet';
import type { App } from './app.ts';

/** What pages of this origin may load: only what comes from it. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    // Mantine and xyflow place things with style attributes; a style runs no code.
    'style-src': ["'self'", "'unsafe-inline'"],
    'img-src': ["'self'", 'data:'],
    'font-src': ["'self'"],
    'connect-src': ["'self'"],
    'manifest-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    // No page may show this one in a frame and let people click through it.
    'frame-ancestors': ["'none'"],
  },
};

/** What a browser must not hand to the page, since it needs none of it. */
const permissions = ['camera', 'microphone', 'geolocation', 'payment', 'usb', 'serial', 'display-capture'];

/** Answers that say what somebody may see are not for caches; files of the page and others say so themselves. */
const apiPath = /^\/(?:v1\/|metrics)/;

/**
 * Headers that make browsers careful. To be called before the first hook that may refuse a request, so that refusals
 * have them, too. Without Strict-Transport-Security: it holds for every port of a host name, and guests may be
 * published there without TLS; the login's cookie is sent over TLS only in any case.
 */
export async function addSecurityHeaders(app: App): Promise<void> {
  await app.register(helmet, {
    global: true,
    contentSecurityPolicy,
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  const policy = permissions.map((name) => `${name}=()`).join(', ');
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('permissions-policy', policy);
    if (apiPath.test(request.url)) reply.header('cache-control', 'no-store');
    done();
  });
}
