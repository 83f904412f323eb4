import type { Command } from 'commander';
import { withJson } from '../command-options.ts';
import { print, printJson } from '../output.ts';

interface DemoOptions {
  json?: boolean;
  keep?: boolean;
  vm?: boolean;
}

const LOG_LINES = 25;

async function runDemoCommand(options: DemoOptions): Promise<void> {
  const { runDemo } = await import('../../lab/demo.ts');
  const { renderTopic, renderVerdict } = await import('../../lab/render-checks.ts');
  const { describeLab, renderLab } = await import('../../lab/describe-lab.ts');
  type Result = Parameters<typeof renderVerdict>[0][number];
  let shown: Result[] = [];
  const showTopic = (): void => {
    const [first] = shown;
    if (first && !options.json) print(...renderTopic(first.topic, shown));
    shown = [];
  };
  const outcome = await runDemo({
    keep: options.keep === true,
    vm: options.vm === true,
    progress: (step) => process.stderr.write(`demo: ${step}\n`),
    report(result) {
      if (shown[0] && shown[0].topic !== result.topic) showTopic();
      if (shown.length === 0) process.stderr.write(`demo: checking: ${result.topic}\n`);
      shown.push(result);
    },
  });
  showTopic();
  if (!outcome.ok) process.stderr.write(`The daemon's log ends with:\n${lastLines(outcome.logTail)}\n`);
  if (outcome.failure !== undefined) process.stderr.write(`bridgekeeper: ${outcome.failure}\n`);
  const lab = outcome.lab && describeLab(outcome.lab);
  if (options.json) {
    const { ok, results, failure } = outcome;
    printJson({ ok, checks: results, ...(failure === undefined ? {} : { failure }), ...(lab ? { lab } : {}) });
  } else {
    print(renderVerdict(outcome.results));
    if (lab) print('', ...renderLab(lab));
  }
  process.exitCode = outcome.ok ? 0 : 1;
}

const lastLines = (text: string): string => text.split('\n').slice(-LOG_LINES).join('\n');

export function define(program: Command): void {
  const command = program
    .command('demo')
    .description(
      'build a lab in namespaces of its own, run the gateway on it, and check with real traffic what it promises',
    )
    .option('--keep', 'leave the lab up afterwards and print how to enter it')
    .option('--vm', 'also boot one guest as a real virtual machine (QEMU, no KVM needed)');
  withJson(command, 'bridgekeeper demo --keep').action(runDemoCommand);
}
