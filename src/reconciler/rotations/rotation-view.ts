import type { StoredRotation } from '../../registry/rotations.ts';
import type { RotationView } from './contract.ts';
import type { Silence } from './next-step.ts';
import { addressesOf, type RotatingNic } from './turns.ts';

/** A rotation as users see it. `nic` is what its NIC holds now. */
export function viewOf(
  rotation: StoredRotation,
  nic: RotatingNic,
  about: Pick<RotationView, 'source'> & { readonly owner: string | undefined },
  silence: Silence,
  now: number,
): RotationView {
  const { guest, phase, origin, askedAt, phaseSince, deadline, grace, hook, error } = rotation;
  const { old, fresh } = addressesOf(nic, phase);
  return {
    guest,
    nic: rotation.nic,
    ...(about.owner === undefined ? {} : { owner: about.owner }),
    ...(nic.segment === undefined ? {} : { segment: nic.segment }),
    source: about.source,
    phase,
    from: old,
    ...(fresh === undefined ? {} : { to: fresh }),
    origin,
    askedAt,
    phaseSince,
    ...(deadline === undefined ? {} : { deadline }),
    grace,
    hook,
    ...(silence.old === undefined ? {} : { oldHeard: Math.round(now - silence.old) }),
    ...(silence.fresh === undefined ? {} : { newHeard: Math.round(now - silence.fresh) }),
    ...(error === undefined ? {} : { error }),
  };
}
