import type { Command } from 'commander';
import * as erase from '../privacy/erase.ts';
import * as periods from '../privacy/periods.ts';
import * as show from '../privacy/show.ts';

export function define(program: Command): void {
  const privacy = program
    .command('privacy')
    .description('what is stored about an owner: show it, erase it, make old data anonymous')
    .addHelpText('after', '\nExample:\n  bridgekeeper privacy show team-a');
  for (const verb of [show, erase, periods]) verb.define(privacy);
}
