import type { Command } from 'commander';

/** What every file of src/cli/commands gives: it adds its command, with options, example and action, to `program`. */
export interface CommandModule {
  /** `word` is what follows the command's name, when the command is the one that runs; for a group, its subcommand. */
  define(program: Command, word?: string): void | Promise<void>;
}

/**
 * Commands in the order of `--help`. Only the module of the command that runs is loaded, so `define` and the static
 * imports of these files stay light; what an action needs it imports when it runs.
 */
export const commandList: Readonly<Record<string, () => Promise<CommandModule>>> = {
  demo: () => import('./commands/demo.ts'),
  init: () => import('./commands/init.ts'),
  daemon: () => import('./commands/daemon.ts'),
  validate: () => import('./commands/validate.ts'),
  render: () => import('./commands/render.ts'),
  plan: () => import('./commands/plan.ts'),
  apply: () => import('./commands/apply.ts'),
  confirm: () => import('./commands/confirm.ts'),
  rollback: () => import('./commands/rollback.ts'),
  history: () => import('./commands/history.ts'),
  site: () => import('./commands/site.ts'),
  status: () => import('./commands/status.ts'),
  check: () => import('./commands/check.ts'),
  verify: () => import('./commands/verify.ts'),
  attach: () => import('./commands/attach.ts'),
  detach: () => import('./commands/detach.ts'),
  leases: () => import('./commands/leases.ts'),
  limits: () => import('./commands/limits.ts'),
  owners: () => import('./commands/owners.ts'),
  alerts: () => import('./commands/alerts.ts'),
  mac: () => import('./commands/mac.ts'),
  events: () => import('./commands/events.ts'),
  audit: () => import('./commands/audit.ts'),
  privacy: () => import('./commands/privacy.ts'),
  access: () => import('./commands/access.ts'),
  sessions: () => import('./commands/sessions.ts'),
  rotate: () => import('./commands/rotate.ts'),
  trace: () => import('./commands/trace.ts'),
  explain: () => import('./commands/explain.ts'),
  isolate: () => import('./commands/isolate.ts'),
  mirror: () => import('./commands/mirror.ts'),
  capture: () => import('./commands/capture.ts'),
  destroy: () => import('./commands/destroy.ts'),
  lab: () => import('./commands/lab.ts'),
};
