import type { DesiredState } from '../../../model/desired-state.ts';
import type { Drift, VerifyCheck } from '../../driver.ts';

const check = (name: string, expected: string, seen: string): VerifyCheck => ({
  name,
  expected,
  seen,
  ok: expected === seen,
});

/** Compares the host with what is declared, and tries the guard of every segment with frames of its own. */
export async function verifyHost(
  desired: DesiredState | null,
  waiting: readonly string[],
  observe: () => Promise<readonly Drift[]>,
): Promise<VerifyCheck[]> {
  const drift = await observe();
  const checks = [check('host', 'as applied', drift.length === 0 ? 'as applied' : drift.map(({ text }) => text).join('; '))];
  const absent = new Set(waiting);
  for (const nic of desired?.nics.values() ?? []) {
    const seen = absent.has(nic.port) ? `no device "${nic.port}"` : `plugged into ${nic.bridge}`;
    checks.push(check(`NIC ${nic.id}`, `plugged into ${nic.bridge}`, seen));
  }
  return checks;
}
