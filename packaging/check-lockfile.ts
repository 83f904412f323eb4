import { readFileSync } from 'node:fs';

interface LockedPackage {
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

/**
 * What is wrong with package-lock.json, one sentence each. npm that runs against a registry without some platform's
 * packages leaves them out of the lockfile silently, and then `npm ci` refuses it everywhere.
 */
export function findLockfileMistakes(text: string): string[] {
  const { packages } = JSON.parse(text) as { packages: Record<string, LockedPackage> };
  return Object.entries(packages).flatMap(([path, { resolved, optionalDependencies = {} }]) => {
    const missing = Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    );
    return [
      ...(resolved === undefined ? [] : [`"${path}" names the registry it came from: ${resolved}`]),
      ...missing.map(
        (name) => `"${path}" has the optional package "${name}", which has no entry; add one with its version`,
      ),
    ];
  });
}

if (import.meta.main) {
  const mistakes = findLockfileMistakes(readFileSync('package-lock.json', 'utf8'));
  for (const mistake of mistakes) process.stderr.write(`package-lock.json: ${mistake}\n`);
  if (mistakes.length > 0) process.exitCode = 1;
}
