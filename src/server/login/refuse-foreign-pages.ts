import type { FastifyRequest } from 'fastify';
import { sameText } from '../../access/logins/secrets.ts';
import { AppError } from '../../errors/app-error.ts';
import type { App } from '../app.ts';
import { csrfTokenOf } from './login-cookies.ts';

/** They change nothing, so a foreign page that makes a browser send them gets nothing: it cannot read the answer. */
const harmless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/;

/** Whether a page of another origin made the browser send it; what browsers do not say is undefined. */
function isForeign({ headers, protocol }: FastifyRequest): boolean | undefined {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const { origin, host } = headers;
  if (origin === undefined) return site === undefined ? undefined : false;
  // `Origin: null` is of a page that has none of its own.
  if (!URL.canParse(origin)) return true;
  const page = new URL(origin);
  // A guest may be published under the same name, without TLS: `http://host` and `https://host` name no port.
  return page.host !== host?.toLowerCase() || (protocol === 'https' && page.protocol !== 'https:');
}

function refuseForeignPage(request: FastifyRequest): void {
  const foreign = isForeign(request);
  const proof = request.asker?.proof;
  // A name that somebody made to mean 127.0.0.1 gets no say over whoever opened the socket for a browser.
  if (foreign !== undefined && proof === 'socket' && !loopback.test(request.headers.host ?? ''))
    throw new AppError('forbidden', 'A web page asks over the unix socket; expected a page of this host itself.');
  if (harmless.has(request.method)) return;
  if (foreign) throw new AppError('forbidden', 'A page of another origin sent this; nothing was changed.');
  // Whoever logs in anew may not know what goes with the login that he has.
  if (proof !== 'login' || request.routeOptions.config.access?.role === 'anyone') return;
  const said = request.headers['bridgekeeper-csrf'];
  const expected = csrfTokenOf(request);
  if (typeof said !== 'string' || expected === undefined || !sameText(said, expected))
    throw new AppError(
      'forbidden',
      'Header bridgekeeper-csrf is not what GET /v1/me says for this login; nothing was changed.',
    );
}

/**
 * Keeps other pages from making changes in the name of who looks at them (CSRF): a browser sends cookies, client
 * certificates and what else it has by itself, whoever asks it to. To be called behind `addAuthentication`.
 */
export function addForgeryProtection(app: App): void {
  app.addHook('onRequest', (request, _reply, done) => {
    try {
      refuseForeignPage(request);
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}
