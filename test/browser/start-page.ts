import { type Scope, startTestDaemon, type TestDaemon, temporaryDirectory } from '../daemon/test-daemon.ts';
import { freePort } from '../server/metrics/free-port.ts';

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
