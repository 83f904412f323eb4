import type { Mistake } from '../errors/app-error.ts';
import { parseSite } from '../model/parse-site.ts';
import type { Site } from '../model/site.ts';
import { listeningWarnings, readHostPorts } from '../reconciler/host-ports.ts';
import type { SiteCounts } from './contract.ts';
import { placeForwardWarnings } from './place-forward-warnings.ts';

/** A site file that is valid, and what this host has against it. Throws `site-unreadable`, `site-invalid`. */
export async function validateSite(
  text: string,
  file: string,
): Promise<{ readonly site: Site; readonly counts: SiteCounts; readonly warnings: Mistake[] }> {
  const { site, warnings } = parseSite(text, { file });
  const ofHost = placeForwardWarnings(listeningWarnings(site, await readHostPorts()), site, text);
  const counts = {
    segments: site.segments.length,
    guests: site.guests.length,
    nics: site.guests.reduce((sum, guest) => sum + guest.nics.length, 0),
    forwards: site.forwards.length,
    policies: site.policies.length,
  };
  return { site, counts, warnings: [...warnings, ...ofHost] };
}
