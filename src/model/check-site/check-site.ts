import type { Mistake } from '../../errors/app-error.ts';
import type { Site } from '../site.ts';
import { checkAlerts } from './check-alerts.ts';
import { checkInterfaces } from './check-interfaces.ts';
import { checkLimits } from './check-limits.ts';
import { checkNames } from './check-names.ts';
import { checkNicAddresses } from './check-nics.ts';
import { checkOwners } from './check-owners.ts';
import { checkPolicies } from './check-policies.ts';
import { checkPoolRanges } from './check-pool-ranges.ts';
import { checkPools } from './check-pools.ts';
import { checkPorts } from './check-ports.ts';
import { checkQuarantine } from './check-quarantine.ts';
import { checkRoom } from './check-room.ts';
import { checkRotation } from './check-rotation.ts';
import { checkSubnets } from './check-subnets.ts';
import { Report } from './report.ts';
import { indexSite } from './site-index.ts';
import { Unread } from './unread.ts';

/**
 * Checks how the parts of a site fit together; all mistakes, with paths such as `forwards[3].to`. `unread` says what
 * the site file also holds but could not be read, so that references to it are no mistakes. O(n log n).
 */
export function checkSite(site: Site, unread: Unread = new Unread()): Mistake[] {
  const report = new Report(unread);
  const index = indexSite(site, unread, report);
  checkNames(index);
  checkSubnets(index);
  checkNicAddresses(index);
  checkInterfaces(index);
  checkPools(index);
  checkPoolRanges(index);
  checkRoom(index);
  checkQuarantine(index);
  const claims = checkPorts(index);
  checkLimits(index, claims);
  checkPolicies(index);
  checkRotation(index);
  checkAlerts(index);
  checkOwners(index);
  return report.mistakes;
}
