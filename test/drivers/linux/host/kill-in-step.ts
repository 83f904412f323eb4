// Applies a fixture and dies in the middle of it, as a daemon that is killed: <state directory> <fixture> <step>
import { devlab } from '../desired-fixture.ts';
import { applyTo } from './drive-host.ts';

const [state, wanted, step] = process.argv.slice(2) as [string, string, string];
await applyTo(state, wanted === 'nothing' ? null : devlab(), (index) => {
  if (index === Number(step)) process.kill(process.pid, 'SIGKILL');
});
