import { applyHostSteps } from '../../../../src/drivers/linux/host/apply-host-steps.ts';
import type { HostPlan } from '../../../../src/drivers/linux/host/host-item.ts';
import { observeHost } from '../../../../src/drivers/linux/host/observe-host.ts';
import { planHost } from '../../../../src/drivers/linux/host/plan-host.ts';
import { renderHostItems } from '../../../../src/drivers/linux/host/render-host-items.ts';
import { readOrigin, writeOrigin } from '../../../../src/drivers/linux/origin.ts';
import type { DesiredState } from '../../../../src/model/desired-state.ts';

/** Observes and plans, as the driver does. */
export async function planFor(state: string, desired: DesiredState | null): Promise<HostPlan> {
  const items = desired === null ? [] : renderHostItems(desired);
  const origin = await readOrigin(state);
  return planHost(items, await observeHost(items, origin), origin);
}

/** Plans, remembers what was found, and applies. */
export async function applyTo(
  state: string,
  desired: DesiredState | null,
  onStep?: (index: number) => void | Promise<void>,
): Promise<HostPlan> {
  const plan = await planFor(state, desired);
  await writeOrigin(state, plan.origin);
  await applyHostSteps(plan.steps, onStep ? { onStep } : {});
  return plan;
}
