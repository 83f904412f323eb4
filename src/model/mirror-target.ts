import { AppError } from '../errors/app-error.ts';
import { type Ipv4Address, type Ipv6Address, isIpv4, parseIp } from './ip-address.ts';
import { type InterfaceName, parseInterfaceName } from './names.ts';
import { quoteValue } from './quote-value.ts';

/** Where copies of frames go. */
export type MirrorTarget =
  | { readonly kind: 'interface'; readonly name: InterfaceName }
  | {
      readonly kind: 'collector';
      readonly address: Ipv4Address | Ipv6Address;
      readonly port: number;
      /** VXLAN network identifier, 24 bits. */
      readonly vni: number;
    };

const scheme = 'vxlan://';
/** IANA's port of VXLAN (RFC 7348). */
const vxlanPort = 4789;
const mostVni = 0xff_ffff;

function parseCollector(text: string): MirrorTarget {
  const match = /^vxlan:\/\/(?:\[([0-9a-fA-F:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3}))(?::(\d{1,5}))?(?:\/(\d{1,8}))?$/.exec(
    text,
  );
  const port = Number(match?.[3] ?? vxlanPort);
  const vni = Number(match?.[4] ?? 0);
  if (!match || port < 1 || port > 65_535 || vni > mostVni) {
    throw new AppError(
      'value-invalid',
      `collector ${quoteValue(text)} is not an address, a UDP port (1 to 65535) and a VXLAN network identifier (0 to ${mostVni}), such as "vxlan://192.0.2.7:4789/42"`,
    );
  }
  return { kind: 'collector', address: parseIp(match[1] ?? match[2] ?? ''), port, vni };
}

/** Reads `eth2` or `vxlan://192.0.2.7:4789/42`; port 4789 and network 0 unless given. Throws `value-invalid`. */
export function parseMirrorTarget(text: string): MirrorTarget {
  if (text.startsWith(scheme)) return parseCollector(text);
  if (/[:/]/.test(text)) {
    throw new AppError(
      'value-invalid',
      `target ${quoteValue(text)} is neither an interface such as "eth2" nor a collector such as "vxlan://192.0.2.7:4789/42"`,
    );
  }
  return { kind: 'interface', name: parseInterfaceName(text) };
}

/** The text that `parseMirrorTarget` reads. */
export function renderMirrorTarget(target: MirrorTarget): string {
  if (target.kind === 'interface') return target.name;
  const { address, port, vni } = target;
  return `${scheme}${isIpv4(address) ? address : `[${address}]`}:${port}/${vni}`;
}
