import { type Scope, startTestDaemon, type TestDaemon, temporaryDirectory } from '../daemon/test-daemon.ts';
import { freePort } from '../server/metrics/free-port.ts';
import type { OpenPage } from './open-browser.ts';

export interface PageDaemon extends TestDaemon {
  /** `https://127.0.0.1:PORT`, where the page is. */
  readonly origin: string;
}

/** A real daemon with `--driver none` that serves the page over TLS. It is ended with the scope. */
export async function startPageDaemon(
  scope: Scope,
  directory = temporaryDirectory(scope),
  options: readonly string[] = [],
): Promise<PageDaemon> {
  const port = await freePort();
  const daemon = await startTestDaemon(scope, directory, ['--listen', `127.0.0.1:${port}`, ...options]);
  return { ...daemon, origin: `https://127.0.0.1:${port}` };
}

/**
 * Logs a browser in by a link, as whoever the test is on the unix socket (an administrator), or as an account. Not
 * through the view, which has tests of its own.
 */
export async function logIn(
  { context }: OpenPage,
  { client }: Pick<PageDaemon, 'client'>,
  account?: string,
): Promise<void> {
  const { token } = await client.login.link(account);
  const answer = await context.request.post('/v1/login/link', { data: { token } });
  if (!answer.ok()) throw new Error(`the link does not let in: ${answer.status()} ${await answer.text()}`);
}
