import { collectDefaultMetrics, type Registry } from 'prom-client';

/** Metrics of prom-client whose names are against Prometheus' conventions (`_total` of what is no counter). */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Adds what Node and the kernel tell of this process. Costs something from then on: the event loop is looked at. */
export function addProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
}
