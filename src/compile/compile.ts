import type { Assignments } from '../model/assignments.ts';
import type { DesiredState } from '../model/desired-state.ts';
import type { Site } from '../model/site.ts';
import { compileBlocks } from './compile-blocks.ts';
import { compileForwards } from './compile-forwards.ts';
import { compileNics, pluggedNics } from './compile-nics.ts';
import { compilePolicies } from './compile-policies.ts';
import { compileSegments } from './compile-segments.ts';

/**
 * Site and leases → desired state. Pure. Answers null for a site without an uplink: there is no gateway to build,
 * the registry is all of it. A part whose inputs are the same objects as in an earlier call is the same object again,
 * so that one more forward on top of 10,000 costs one new object and a comparison by reference.
 *
 * `assignments` must hold every NIC and guest of the site (`proposeAssignments` gives such).
 */
export function compile(site: Site, assignments: Assignments): DesiredState | null {
  if (!site.uplink) return null;
  const segments = compileSegments(site);
  const nics = compileNics(site, site.uplink, segments, assignments);
  const plugged = pluggedNics(site, nics);
  const { blocks, sameAddress } = compileBlocks(site, nics, plugged, assignments);
  return {
    site: site.name,
    uplink: site.uplink,
    limits: site.limits,
    segments,
    nics: plugged,
    blocks,
    sameAddress,
    forwards: compileForwards(site, nics),
    policies: compilePolicies(site, segments, nics),
  };
}
