import type { Command } from 'commander';
import * as exportVerb from '../audit/export.ts';
import * as list from '../audit/list.ts';
import * as verify from '../audit/verify.ts';

export function define(program: Command): void {
  const audit = program
    .command('audit')
    .description('the journal: who did what, from where; prove that nothing in it was altered')
    .addHelpText('after', '\nExample:\n  bridgekeeper audit verify');
  for (const verb of [list, verify, exportVerb]) verb.define(audit);
}
