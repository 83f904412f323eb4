import type { Command } from 'commander';
import { wholeNumber, withJson } from '../command-options.ts';
import { print, printJson } from '../output.ts';

/** Port of the page unless another is named. */
const pagePort = 8443;

async function runUp(options: { json?: boolean; gateway?: boolean; page?: number | true }): Promise<void> {
  const { startLab } = await import('../../lab/start-lab.ts');
  const { describeLab, renderLab } = await import('../../lab/describe-lab.ts');
  const { page } = options;
  const started = await startLab({
    gateway: options.gateway === true,
    ...(page !== undefined && { page: page === true ? pagePort : page }),
    progress: (step) => process.stderr.write(`lab: ${step}\n`),
  });
  const lab = describeLab(started.lab);
  if (options.json) printJson({ ...lab, ...(started.page !== undefined && { page: started.page }) });
  else print(...renderLab(lab), ...(started.page === undefined ? [] : renderPage(started.page)));
}

function renderPage(page: string): string[] {
  return [
    'Look at it in a browser on this machine (the link lets in once, within five minutes):',
    `  ${page}`,
    'The certificate is of an authority that the lab made for itself: the browser asks whether to go on.',
  ];
}

async function runDown(options: { json?: boolean }): Promise<void> {
  const { findLab, stopLab } = await import('../../lab/holder.ts');
  const stopped = await stopLab(await findLab());
  if (options.json) printJson({ stopped });
  else print(stopped ? 'The lab is down; nothing of it is left.' : 'No lab was up.');
}

async function runEnter(namespace: string, words: string[]): Promise<void> {
  const { enterLab } = await import('../../lab/enter-lab.ts');
  process.exitCode = await enterLab(namespace, words);
}

export function define(program: Command): void {
  const lab = program
    .command('lab')
    .description('a world, a host and four guests in namespaces, to try things on; leaves nothing on the machine')
    .addHelpText('after', '\nExample:\n  bridgekeeper lab up --gateway && bridgekeeper lab enter web1');
  const up = lab
    .command('up')
    .description('build the lab and print how to enter it')
    .option('--gateway', 'also start the daemon in it, apply examples/devlab.yaml and set the guests up')
    .option(
      '--page [port]',
      `the same, and its page on this machine at https://127.0.0.1:${pagePort}, or another port (0: any)`,
      wholeNumber(0, 65_535),
    );
  withJson(up, 'bridgekeeper lab up --gateway').action(runUp);
  withJson(lab.command('down').description('end the lab and everything in it'), 'bridgekeeper lab down').action(
    runDown,
  );
  lab
    .command('enter')
    .description('run a shell, or a command, in one of the namespaces of the lab')
    .argument('[namespace]', 'world, host, web1, db1, api1 or sip1', 'host')
    .argument('[command...]', 'what to run instead of a shell (after --)')
    .addHelpText('after', '\nExample:\n  bridgekeeper lab enter world -- busybox nc 203.0.113.10 8080')
    .action(runEnter);
}
