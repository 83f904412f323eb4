import { parseLabel } from '../../model/names.ts';
import type { Engine } from '../engine-contract.ts';
import { type TenantServices, tenantEngine } from './tenant-engine.ts';

/** Owners whose engines are kept; those that were asked for least lately are made anew. */
const mostKept = 10_000;

/**
 * What tenants are answered from. There is one for each owner, however many act for it, so that they share one quota.
 * `secret`: that of the registry. Throws `value-invalid` for what is no name of an owner.
 */
export function createTenants(engine: Engine, secret: string): (owner: string) => TenantServices {
  const kept = new Map<string, TenantServices>();
  return (name) => {
    const owner = parseLabel(name);
    const services = kept.get(owner) ?? tenantEngine(engine, owner, secret);
    kept.delete(owner);
    kept.set(owner, services);
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    return services;
  };
}
