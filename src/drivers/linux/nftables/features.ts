import type { DesiredState } from '../../../model/desired-state.ts';
import type { MacAddress } from '../../../model/mac-address.ts';
import { type LimitFeatures, limitFeaturesOf } from './limit-classes.ts';
import { hasOpenPorts } from './open-ports.ts';
import { type TranslationFeatures, translationFeaturesOf } from './source-translation.ts';
import { type UdpTimes, udpTimesOf } from './udp-times.ts';

/** What the host can do, as far as the ruleset depends on it. */
export interface HostFeatures {
  /** NFT_BRIDGE_META: a bridge rule can name the bridge a frame came in by. */
  readonly bridgeMeta: boolean;
  /** NFT_CT under NF_CONNTRACK_TIMEOUT: a rule can give a flow times of its own. */
  readonly ctTimeout: boolean;
  /** NFT_SOCKET: a rule can ask whether the host has a socket for a packet. */
  readonly socketMatch: boolean;
  /** NETFILTER_NETLINK_LOG: a rule can hand copies of frames out. */
  readonly frameSamples: boolean;
  /** Devices that established flows may take a short cut between; empty where the kernel has no flowtables. */
  readonly flowtableDevices: readonly string[];
  /** The uplink's own address; absent when the uplink is not there (then there is no uplink guard to load). */
  readonly uplinkMac?: MacAddress;
  /** Index of the uplink: kernels before 6.16 take a netdev chain away together with its device. */
  readonly uplinkIndex?: number;
}

/** What the frame of the ruleset depends on. The frame is the same text whenever these are the same. */
export interface Features extends HostFeatures {
  readonly sameAddress: boolean;
  /** A NIC has two MAC addresses, so it must be seen which of them it uses. */
  readonly rotating: boolean;
  readonly limits: LimitFeatures;
  readonly udp: UdpTimes;
  readonly translation: TranslationFeatures;
  /** Some guest takes packets of anybody at its mapped ports. */
  readonly openPorts: boolean;
  readonly policyLayers: Readonly<Record<'inner' | 'world' | 'host', readonly (readonly (4 | 6)[])[]>>;
}

/** Whether a NIC has two MAC addresses. */
export function isRotating(nics: DesiredState['nics']): boolean {
  for (const { also } of nics.values()) if (also !== undefined) return true;
  return false;
}

/** Lookups that nobody needs are left out of the packet's way. */
export function featuresOf(desired: DesiredState, host: HostFeatures): Features {
  const layersOf = (layers: DesiredState['policies']['inner']): (4 | 6)[][] =>
    layers.map((boxes) => ([4, 6] as const).filter((family) => boxes.some((box) => box.family === family)));
  return {
    ...host,
    sameAddress: desired.sameAddress.size > 0,
    rotating: isRotating(desired.nics),
    limits: limitFeaturesOf(desired),
    udp: udpTimesOf(desired),
    translation: translationFeaturesOf(desired),
    openPorts: hasOpenPorts(desired),
    policyLayers: {
      inner: layersOf(desired.policies.inner),
      world: layersOf(desired.policies.world),
      host: layersOf(desired.policies.host),
    },
  };
}
