import type { CommandModule } from './command-list.ts';

/** Commands below `bridgekeeper mac`, in the order of its `--help`; `define` gets the command `mac`. */
export const macCommandList: Readonly<Record<string, () => Promise<CommandModule>>> = {};
