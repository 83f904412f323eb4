import { Collected, type Imported, NicCounter } from './collected.ts';
import { entriesOf, type Json, member, memberAt, textOf } from './json-text.ts';

/** Where a cloud's description of network interfaces has what is read here. */
interface Shape {
  /** List of interfaces in a document. */
  readonly list: (document: Json) => Json;
  readonly title: string;
  readonly guest: (nic: Json) => string | undefined;
  readonly addresses: (nic: Json) => readonly (string | undefined)[];
  readonly network: readonly string[];
  readonly owner: readonly string[];
  readonly state: readonly string[];
}

const each = (list: Json, key: string): (string | undefined)[] =>
  entriesOf(list).map((entry) => textOf(member(entry, key)));

/** `aws ec2 describe-network-interfaces`. */
const aws: Shape = {
  list: (document) => member(document, 'NetworkInterfaces'),
  title: 'NetworkInterfaces',
  guest: (nic) => textOf(memberAt(nic, 'Attachment', 'InstanceId')),
  addresses: (nic) => [
    textOf(member(nic, 'PrivateIpAddress')),
    ...each(member(nic, 'PrivateIpAddresses'), 'PrivateIpAddress'),
    ...each(member(nic, 'Ipv6Addresses'), 'Ipv6Address'),
  ],
  network: ['SubnetId', 'VpcId'],
  owner: ['OwnerId'],
  state: ['Status'],
};

/** `aliyun ecs DescribeNetworkInterfaces`. */
const aliyun: Shape = {
  list: (document) => memberAt(document, 'NetworkInterfaceSets', 'NetworkInterfaceSet'),
  title: 'NetworkInterfaceSet',
  guest: (nic) => textOf(member(nic, 'InstanceId')),
  addresses: (nic) => [
    textOf(member(nic, 'PrivateIpAddress')),
    ...each(memberAt(nic, 'PrivateIpSets', 'PrivateIpSet'), 'PrivateIpAddress'),
    ...each(memberAt(nic, 'Ipv6Sets', 'Ipv6Set'), 'Ipv6Address'),
  ],
  network: ['VSwitchId', 'VpcId'],
  owner: ['OwnerId', 'ResourceGroupId'],
  state: ['Status'],
};

/** `tccli vpc DescribeNetworkInterfaces`; the API itself puts it into `Response`. */
const tencent: Shape = {
  list: (document) => member(document, 'NetworkInterfaceSet') ?? memberAt(document, 'Response', 'NetworkInterfaceSet'),
  title: 'NetworkInterfaceSet',
  guest: (nic) => textOf(memberAt(nic, 'Attachment', 'InstanceId')),
  addresses: (nic) => [
    ...each(member(nic, 'PrivateIpAddressSet'), 'PrivateIpAddress'),
    ...each(member(nic, 'Ipv6AddressSet'), 'Address'),
  ],
  network: ['SubnetId', 'VpcId'],
  owner: [],
  state: ['State'],
};

const shapes = { aws, aliyun, tencent };

export type Cloud = keyof typeof shapes;

export const looksLikeCloud = (cloud: Cloud, documents: readonly Json[]): boolean =>
  documents.some((document) => Array.isArray(shapes[cloud].list(document)));

/** Reads the network interfaces of a cloud; pages may follow each other. One that is attached nowhere has no guest. */
export function parseCloud(cloud: Cloud, documents: readonly Json[]): Imported {
  const shape = shapes[cloud];
  const found = new Collected();
  const counter = new NicCounter();
  documents.forEach((document, d) => {
    const list = shape.list(document);
    if (!Array.isArray(list)) found.refuse(`document ${d + 1}`, `The document has no list "${shape.title}".`);
    entriesOf(list).forEach((nic, i) => {
      const first = (keys: readonly string[]): string | undefined =>
        keys.map((key) => textOf(member(nic, key))).find((text) => text);
      const id = textOf(member(nic, 'NetworkInterfaceId'));
      const guest = shape.guest(nic) || undefined;
      found.add({
        where: `${documents.length > 1 ? `document ${d + 1}, ` : ''}${shape.title}[${i}]${id ? ` (${id})` : ''}`,
        mac: textOf(member(nic, 'MacAddress')),
        guest,
        nic: indexOf(nic) ?? counter.next(guest),
        addresses: shape.addresses(nic).filter((address) => address !== undefined),
        network: first(shape.network),
        owner: first(shape.owner),
        state: first(shape.state),
      });
    });
  });
  return found;
}

function indexOf(nic: Json): number | undefined {
  const index = memberAt(nic, 'Attachment', 'DeviceIndex');
  return typeof index === 'number' && Number.isInteger(index) && index >= 0 ? index : undefined;
}
