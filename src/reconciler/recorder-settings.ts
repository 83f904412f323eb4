import type { DesiredState } from '../model/desired-state.ts';
import { ipv4FromInteger } from '../model/ip-address.ts';
import { defaultRetention } from '../model/retention-schema.ts';
import { sameAddressGateway } from '../model/same-address.ts';
import { defaultSessionLog } from '../model/session-log-schema.ts';
import type { Site } from '../model/site.ts';
import type { RecordedSite, RecorderSettings } from '../observers/recorder/recorder.ts';

/** Which addresses are guests', and which are the host's own. */
function recordedSite({ segments, uplink }: DesiredState): RecordedSite {
  const all = [...segments.values()];
  return {
    guests: all.flatMap(({ subnet, subnet6 }) => (subnet6 ? [subnet.text, subnet6.text] : [subnet.text])),
    host: [
      uplink.ipv4,
      ...(uplink.ipv6 ? [uplink.ipv6] : []),
      sameAddressGateway,
      ...all.flatMap(({ gateway, gateway6, subnet }) => [
        gateway,
        // Broadcasts of the segment reach the host and nobody behind it.
        ipv4FromInteger(subnet.last),
        ...(gateway6 ? [gateway6] : []),
      ]),
    ],
  };
}

/** What the site asks of the recorder. Without a gateway nothing passes that could be recorded. */
export function recorderSettings(site: Site | undefined, desired: DesiredState | null): RecorderSettings {
  const { mode, maxSize } = site?.sessionLog ?? defaultSessionLog;
  return {
    mode,
    keepDays: (site?.retention ?? defaultRetention).sessions,
    mostBytes: maxSize,
    ...(desired ? { site: recordedSite(desired) } : {}),
  };
}
