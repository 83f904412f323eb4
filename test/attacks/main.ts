import { enterRootNamespace } from './enter-root-namespace.ts';

// The file runs itself again inside, without its arguments.
process.env.BK_ATTACKS_ARGUMENTS ??= JSON.stringify(process.argv.slice(2));
enterRootNamespace(import.meta.filename);
const { runSuite } = await import('./run-suite.ts');
process.exit(await runSuite(JSON.parse(process.env.BK_ATTACKS_ARGUMENTS) as string[]));
