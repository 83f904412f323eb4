import { AppError } from '../../errors/app-error.ts';
import { parseIp } from '../../model/ip-address.ts';
import { isMulticast, macToInteger, parseMacAddress } from '../../model/mac-address.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { sightingKinds } from '../../model/sighting.ts';
import type { SeenInput } from '../../registry/seen/seen.ts';
import type { SeenReport } from './contract.ts';

/** Seconds; what is older is no news. */
const longestAge = 7 * 86_400;
const mostSightings = 10_000;

function readName(what: string, text: string): string {
  if (/^[^\p{C}\s]{1,64}$/u.test(text)) return text;
  throw new AppError('value-invalid', `${what} ${quoteValue(text)} is not 1 to 64 printable characters without spaces`);
}

/** Reads what another host saw. Pure. Throws `value-invalid`, and says which sighting cannot be one. */
export function readReport(report: SeenReport, now: number): SeenInput[] {
  const host = readName('host', report.host);
  const { length } = report.sightings;
  if (length > mostSightings) {
    throw new AppError('value-invalid', `The report has ${length} sightings; expected ${mostSightings} at most`);
  }
  return report.sightings.map((sighting, index) => {
    try {
      return readSighting(sighting, host, now);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw new AppError(error.code, `Sighting ${index + 1} of ${length}: ${error.message}`, { cause: error });
    }
  });
}

function readSighting(sighting: SeenReport['sightings'][number], host: string, now: number): SeenInput {
  const { kind = 'fdb', age = 0, bridge, segment, ip } = sighting;
  const mac = parseMacAddress(sighting.mac);
  const value = macToInteger(mac);
  if (isMulticast(mac) || value === 0) {
    throw new AppError('value-invalid', `MAC address "${mac}" is no unicast address; expected one that a NIC can have`);
  }
  if (!sightingKinds.includes(kind)) {
    throw new AppError('value-invalid', `Kind ${quoteValue(kind)} is none of ${sightingKinds.join(', ')}`);
  }
  if (!(age >= 0 && age <= longestAge)) {
    throw new AppError('value-invalid', `Age ${age} is not a number of seconds from 0 to ${longestAge}`);
  }
  return {
    mac: value,
    host,
    device: readName('device', sighting.device),
    kind,
    at: now - Math.round(age * 1000),
    ...(bridge === undefined ? {} : { bridge: readName('bridge', bridge) }),
    ...(segment === undefined ? {} : { segment: readName('segment', segment) }),
    ...(ip === undefined ? {} : { ip: parseIp(ip) }),
  };
}
