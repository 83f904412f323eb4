import { Logins } from '../access/logins/logins.ts';
import { Provider } from '../access/provider/provider.ts';
import { readProviderSettings } from '../access/provider/provider-settings.ts';
import { createTenants } from '../reconciler/tenancy/tenants.ts';
import { AnswerBook } from '../server/answers/answer-book.ts';
import { listenOnSocket } from '../server/listen-on-socket.ts';
import type { TlsListener } from '../server/listen-on-tls.ts';
import { pageOrigins } from '../server/login/login-place.ts';
import { createServer } from '../server/server.ts';
import { StatelessDesk } from '../stateless/stateless-desk.ts';
import { systemClock } from '../system/clock.ts';
import { afterRollBack } from './after-roll-back.ts';
import { assemble, createLog, type PartOptions } from './assemble.ts';
import { closeOnSignal } from './close-on-signal.ts';
import { notifySystemd } from './notify-systemd.ts';
import { type AccessSettings, openAccess } from './open-access.ts';
import { type MetricsSettings, openMetrics } from './open-metrics.ts';

export interface DaemonOptions extends PartOptions {
  /** Path of the unix socket. */
  readonly socket: string;
  readonly metrics: MetricsSettings;
  readonly access: AccessSettings;
  /** File that says at which other provider people log in (OpenID Connect). */
  readonly oidc?: string;
}

/**
 * Puts registry, driver, engine and server together and answers when the socket takes requests. SIGTERM and SIGINT end
 * the process cleanly and leave the data path as it is; so does everything else that ends it. Throws
 * `privileges-missing`, `daemon-running`, `registry-failed`, `value-invalid`, and has let go of everything then.
 */
export async function startDaemon(options: DaemonOptions): Promise<void> {
  const log = createLog(options.logLevel);
  // First of all, so that a mistake in its options is said before anything is changed.
  const access = openAccess(options.access, options.stateDirectory, log.child({ part: 'access' }));
  const provider =
    options.oidc === undefined ? undefined : new Provider(readProviderSettings(options.oidc), systemClock);
  const metrics = await openMetrics(options.metrics, log.child({ part: 'metrics' }));
  const { engine, registry } = await afterRollBack(() => assemble(options, log, metrics.applied)).catch(
    async (error) => {
      await metrics.close();
      throw error;
    },
  );
  // What was opened last is closed first.
  const opened: (() => unknown)[] = [() => engine.close(), () => metrics.close()];
  const close = async (): Promise<void> => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    metrics.start(engine);
    const { ended } = access;
    let tls: TlsListener | undefined;
    const logins = await Logins.open({
      kept: registry.kept,
      siteKey: await registry.siteKey(),
      clock: systemClock,
      onEnded: ended.tell,
      onTrouble: (text) => log.warn({ part: 'logins' }, text),
    });
    opened.push(() => logins.close());
    const stateless = new StatelessDesk(options.stateDirectory);
    opened.push(() => stateless.close());
    const answers = await AnswerBook.open(registry.kept, systemClock);
    opened.push(() => answers.close());
    const server = await createServer(engine, {
      log: log.child({ part: 'server' }),
      objects: () => registry.objects(),
      tenants: createTenants(engine, await registry.siteKey()),
      answers,
      stateless,
      metrics: metrics.figures,
      logins,
      proofs: await access.openProofs(registry.kept),
      ended,
      place: { origins: () => pageOrigins(tls?.places ?? []), ...(provider === undefined ? {} : { provider }) },
    });
    opened.push(async () => {
      const closing = tls?.close();
      await server.close();
      await closing;
    });
    await listenOnSocket(server, options.socket);
    tls = await access.listen(server);
  } catch (error) {
    await close();
    throw error;
  }
  closeOnSignal(log, close);
  log.info({ ...options, pid: process.pid, node: process.version }, 'the daemon takes requests');
  await notifySystemd().catch((error) =>
    log.warn({ err: error }, 'systemd could not be told that the daemon is ready'),
  );
}
