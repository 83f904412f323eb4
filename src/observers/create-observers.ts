import type { Observer } from '../events/contract.ts';
import { CertificateObserver } from './certificates.ts';
import { ClockObserver } from './clock.ts';
import { DhcpObserver } from './dhcp.ts';
import { ForwardObserver } from './forwards.ts';
import { LinkObserver } from './links.ts';
import { MacObserver } from './mac.ts';
import type { ObserverParts } from './observer.ts';
import { PoolFillObserver, type PoolFillReading } from './pool-fill.ts';
import { ReachabilityObserver } from './reachability.ts';
import { ResourceObserver } from './resources.ts';
import { ServiceObserver } from './services.ts';
import { SessionObserver } from './sessions.ts';
import { UplinkArpObserver } from './uplink/uplink-arp.ts';
import { ViolationsObserver } from './violations.ts';

/** Those that look at the host and its guests by themselves, every few seconds. */
export function createObservers(
  parts: ObserverParts,
  fills: () => Promise<readonly PoolFillReading[]>,
  /** The host is a gateway; what is looked at otherwise is the host itself alone. */
  gateway: boolean,
): Observer[] {
  const ofHost = [
    new ClockObserver(parts),
    new ResourceObserver(parts),
    new CertificateObserver(parts),
    new PoolFillObserver(parts, fills),
  ];
  if (!gateway) return ofHost;
  return [
    ...ofHost,
    new ViolationsObserver(parts),
    new SessionObserver(parts),
    new ServiceObserver(parts),
    new LinkObserver(parts),
    new MacObserver(parts),
    new DhcpObserver(parts),
    new UplinkArpObserver(parts),
    new ReachabilityObserver(parts),
    new ForwardObserver(parts),
  ];
}
