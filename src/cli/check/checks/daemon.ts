import { type Answer, judge } from '../answer.ts';
import { type Check, type CheckContext, thresholdsOf } from './check.ts';

const seconds = { warning: '1', critical: '5' };

async function runDaemon({ client, given }: CheckContext): Promise<Answer> {
  const begun = performance.now();
  const status = await client.status();
  const value = (performance.now() - begun) / 1000;
  const { figure, state } = judge({ label: 'time', value, unit: 's', min: 0 }, thresholdsOf(seconds, given));
  const about = status.revision === undefined ? 'no site is applied' : `revision ${status.revision} is applied`;
  return {
    state,
    title: 'DAEMON',
    text: `it answered in ${value.toFixed(3)} s; ${about}`,
    figures: [figure],
    more: status.warnings,
  };
}

/** CRITICAL when it does not answer: that is what is checked here. */
export const daemon: Check = {
  about: 'seconds in which the daemon answers; CRITICAL when it does not',
  ...seconds,
  run: runDaemon,
};
