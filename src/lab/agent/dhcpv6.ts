import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { type Ipv6Address, ipv6FromInteger } from '../../model/ip-address.ts';
import type { MacAddress } from '../../model/mac-address.ts';
import { macBytes } from '../../system/raw-frame.ts';

/** RFC 8415: messages, options, and the group of all servers and relays on the link. */
const message = { solicit: 1, advertise: 2 } as const;
const option = { clientId: 1, identityAssociation: 3, address: 5, elapsed: 8 } as const;
const servers = 'ff02::1:2';
const clientPort = 546;
const serverPort = 547;
const ASK_AGAIN_MS = 500;

function renderOption(code: number, data: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(code, 0);
  header.writeUInt16BE(data.length, 2);
  return Buffer.concat([header, data]);
}

/** Options one after the other, from `start` to the end. What is cut off at the end is left out. */
function parseOptions(data: Buffer, start: number): Map<number, Buffer> {
  const options = new Map<number, Buffer>();
  for (let at = start; at + 4 <= data.length; ) {
    const end = at + 4 + data.readUInt16BE(at + 2);
    if (end <= data.length) options.set(data.readUInt16BE(at), data.subarray(at + 4, end));
    at = end;
  }
  return options;
}

/** SOLICIT for one address, by a client that is known by its MAC (DUID-LL, RFC 8415 section 11.4). */
export function renderSolicit(transaction: Buffer, mac: MacAddress): Buffer {
  return Buffer.concat([
    Buffer.from([message.solicit]),
    transaction,
    renderOption(option.clientId, Buffer.concat([Buffer.from([0, 3, 0, 1]), macBytes(mac)])),
    renderOption(option.elapsed, Buffer.alloc(2)),
    renderOption(option.identityAssociation, Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])),
  ]);
}

/** The address that an ADVERTISE of this transaction offers, if it is one and offers one. */
export function parseAdvertise(data: Buffer, transaction: Buffer): Ipv6Address | undefined {
  if (data[0] !== message.advertise || !data.subarray(1, 4).equals(transaction)) return undefined;
  const association = parseOptions(data, 4).get(option.identityAssociation);
  // Identifier and two timers come before the options of the association.
  const offered = association && parseOptions(association, 12).get(option.address);
  if (!offered || offered.length < 16) return undefined;
  return ipv6FromInteger((offered.readBigUInt64BE(0) << 64n) | offered.readBigUInt64BE(8));
}

/** Asks the DHCPv6 servers on the link which address they would give to this MAC. Never rejects. */
export function askDhcpv6(request: {
  device: string;
  mac: MacAddress;
  timeout: number;
}): Promise<{ address?: Ipv6Address; failure?: string }> {
  const transaction = randomBytes(3);
  const socket = dgram.createSocket('udp6');
  return new Promise((resolve) => {
    let again: NodeJS.Timeout | undefined;
    const settle = (answer: { address?: Ipv6Address; failure?: string }) => {
      clearTimeout(timer);
      clearInterval(again);
      socket.removeAllListeners('message').close(() => resolve(answer));
    };
    const timer = setTimeout(settle, request.timeout, { failure: 'timeout' });
    socket.on('error', (error) => settle({ failure: error.message }));
    socket.on('message', (data) => {
      const address = parseAdvertise(data, transaction);
      if (address) settle({ address });
    });
    socket.bind({ port: clientPort, address: '::' }, () => {
      const ask = () =>
        socket.send(renderSolicit(transaction, request.mac), serverPort, `${servers}%${request.device}`);
      again = setInterval(ask, ASK_AGAIN_MS);
      ask();
    });
  });
}
