import type { DesiredNic, DesiredState } from '../model/desired-state.ts';
import type { Explanation, FlowEntry, FlowHeaders, FlowParty, TranslatedSource } from '../model/explanation.ts';

const single = (port: number | undefined): readonly [number, number] | undefined =>
  port === undefined ? undefined : [port, port];

/** From the first port of `1024-2023, 5000-5999` to the last. */
function spanOf(ports: TranslatedSource['ports']): readonly [number, number] | undefined {
  const numbers = ports?.match(/\d+/g)?.map(Number) ?? [];
  return numbers.length === 0 ? undefined : [Math.min(...numbers), Math.max(...numbers)];
}

const given = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;

function entryOf(desired: DesiredState, { kind, name }: Pick<FlowParty, 'kind' | 'name'>): FlowEntry {
  if (kind === 'host') return { kind };
  if (kind === 'world') return { kind: 'uplink', device: desired.uplink.interface };
  const { port, bridge } = desired.nics.get(name) as DesiredNic;
  return { kind, port, bridge };
}

/** Headers by which packets of an explained flow are known where they come in, and by which the answers are. */
export function headersOf(desired: DesiredState, explanation: Explanation): { forth: FlowHeaders; back?: FlowHeaders } {
  const { protocol, from, to, translation, arrival } = explanation;
  const sent = translation?.destination?.from ?? arrival?.destination ?? to;
  const family = sent.address.includes(':') ? 6 : 4;
  const ports = protocol !== 'icmp';
  const anySource = from.kind === 'world' && from.anyAddress;
  const anyDestination = to.kind === 'world' && to.anyAddress;
  const forth = given({
    entry: entryOf(desired, from),
    family,
    protocol,
    source: anySource ? undefined : from.address,
    sourcePorts: ports ? single(from.port) : undefined,
    destination: anyDestination ? undefined : sent.address,
    destinationPorts: ports ? single(sent.port) : undefined,
  }) as FlowHeaders;
  if (!arrival) return { forth };
  const back = given({
    entry: entryOf(desired, arrival),
    family,
    protocol,
    source: anyDestination ? undefined : arrival.destination.address,
    sourcePorts: ports ? single(arrival.destination.port) : undefined,
    destination: anySource ? undefined : arrival.source.address,
    destinationPorts: ports ? spanOf(arrival.source.ports) : undefined,
  }) as FlowHeaders;
  return { forth, back };
}
