import { allAttacks } from './catalogue/list.ts';
import { startAttackLab } from './lab.ts';
import { type AttackOutcome, runAttack } from './run-attack.ts';

export async function runSuite(argv: readonly string[]): Promise<number> {
  const only = argv.includes('--only') ? (argv[argv.indexOf('--only') + 1] ?? '').split(',') : [];
  const chosen = allAttacks.filter(({ name }) => only.length === 0 || only.includes(name));
  const lab = await startAttackLab(chosen.map(({ name }) => name));
  const outcomes: AttackOutcome[] = [];
  for (const attack of chosen) {
    const start = performance.now();
    try {
      const outcome = await runAttack(lab, attack);
      outcomes.push(outcome);
      const { arrived, ...rest } = outcome;
      console.log(
        attack.name,
        `${((performance.now() - start) / 1000).toFixed(1)} s`,
        JSON.stringify({
          ...rest,
          attack: undefined,
          arrived: [...arrived].map(([p, a]) => `${p} ${a.count} (${a.busiest}/s) ${a.reasons}`),
        }),
      );
    } catch (error) {
      console.log(attack.name, 'FAILED', error);
    }
  }
  await lab.close();
  return 0;
}
