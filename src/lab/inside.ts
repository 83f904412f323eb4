import { applyLab } from './build.ts';
import { Gateway } from './gateway.ts';
import type { InsideMessage, InsideOrder } from './inside-messages.ts';
import { prepareLab } from './prepare.ts';
import { runChecks, topicsOf } from './run-checks.ts';

/**
 * What runs inside the lab's namespaces: `node inside.ts ORDER`, ORDER being JSON. Says what it does and sees in JSON,
 * one message per line, on stdout.
 */
const order = JSON.parse(process.argv[2] ?? '') as InsideOrder;
// With `stay` whoever started us leaves when we are done, and our output with him.
process.stdout.on('error', () => undefined);

const say = (message: InsideMessage): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};

async function run(): Promise<void> {
  if (order.until === 'built') return applyLab();
  const lab = await prepareLab((step) => say({ step }), order.page);
  if (order.page !== undefined) say({ link: (await lab.gateway.client.login.link()).path });
  if (order.until === 'checked') await runChecks(lab, (result) => say({ result }), topicsOf(order));
  say({ logTail: await lab.gateway.logTail(40) });
}

try {
  await run();
  say({ done: true });
} catch (error) {
  say({ logTail: await new Gateway().logTail(40) });
  say({ failure: error instanceof Error ? error.message : String(error) });
}
// The guests' services live as long as this process.
if (order.stay && order.until !== 'built') setInterval(() => undefined, 2 ** 30);
else process.exit(0);
