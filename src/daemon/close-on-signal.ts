import type { Logger } from 'pino';

/** Milliseconds that requests under way get to end. */
const patience = 10_000;

/**
 * On SIGTERM and SIGINT: closes the parts one after another and ends the process. The data path is left alone. A
 * second signal, or a part that takes too long, ends it at once.
 */
export function closeOnSignal(log: Logger, close: () => Promise<void>): void {
  let closing = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (closing) process.exit(1);
    closing = true;
    log.info({ signal }, 'closing; traffic goes on as it is');
    const deadline = setTimeout(() => {
      log.error('something did not close in time');
      process.exit(1);
    }, patience);
    close().then(
      () => {
        clearTimeout(deadline);
        log.info('closed');
        process.exit(0);
      },
      (error) => {
        log.error({ err: error }, 'closing failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
