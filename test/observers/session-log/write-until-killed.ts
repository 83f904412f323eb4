/** Child of crash.test.ts: writes sessions and tells after every flush how many of them are handed over. */
import { openSessionLog } from '../../../src/observers/session-log/open-session-log.ts';
import { numberedSession } from './numbered-session.ts';
import { recordsOf } from './sessions.ts';

const [directory = '', first = '0'] = process.argv.slice(2);
const log = await openSessionLog({
  directory,
  keepDays: 100_000,
  mostBytes: 2 ** 40,
  leaveFree: 0,
  now: Date.now,
  onEvent: ({ kind, text }) => process.stderr.write(`${kind}: ${text}\n`),
});
process.stdout.write('open\n');
for (let number = Number(first); ; number += 5000) {
  const sessions = Array.from({ length: 5000 }, (_session, i) => numberedSession(number + i));
  log.begin(recordsOf(sessions.map((session) => ({ ...session, end: 0 }))));
  // Every tenth stays open.
  log.end(recordsOf(sessions.filter((_session, i) => i % 10 !== 0)));
  await log.flush();
  process.stdout.write(`${number + 5000}\n`);
}
