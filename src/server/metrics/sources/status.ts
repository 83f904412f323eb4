import type { EngineStatus } from '../../../reconciler/engine-contract.ts';
import type { BuildInfo } from '../metrics.ts';
import { Samples } from '../samples.ts';

const flag = (value: boolean): number => (value ? 1 : 0);

function addRecorder(samples: Samples, recorder: NonNullable<EngineStatus['recorder']>): void {
  const { log } = recorder;
  samples.add('bridgekeeper_recorder_running', flag(recorder.running), { mode: recorder.mode });
  samples.add('bridgekeeper_recorder_sessions_begun_total', recorder.begun);
  samples.add('bridgekeeper_recorder_sessions_ended_total', recorder.ended);
  samples.add('bridgekeeper_recorder_messages_lost_total', recorder.lostEvents);
  samples.add('bridgekeeper_recorder_resynchronisations_total', recorder.resynchronised);
  if (log === undefined) return;
  samples.add('bridgekeeper_session_log_bytes', log.bytes);
  samples.add('bridgekeeper_session_log_written_total', log.written);
  samples.add('bridgekeeper_session_log_lost_total', log.lost);
  samples.add('bridgekeeper_session_log_failing', flag((log.lastError ?? recorder.lastError) !== undefined));
}

/** The gateway at a glance. */
export function statusSamples(status: EngineStatus, build: BuildInfo): Samples {
  const samples = new Samples();
  samples.add('bridgekeeper_build_info', 1, {
    version: build.version,
    node: process.versions.node,
    driver: status.driver,
    ...(status.site === undefined ? {} : { site: status.site }),
  });
  samples.add('bridgekeeper_revision', status.revision ?? 0);
  samples.add('bridgekeeper_confirmation_pending', flag(status.confirmBy !== undefined));
  samples.add('bridgekeeper_segments', status.segments.length);
  for (const { name, nics } of status.segments) samples.add('bridgekeeper_segment_nics', nics, { segment: name });
  samples.add('bridgekeeper_guests', status.guests);
  const { total, attached, waiting } = status.nics;
  samples.add('bridgekeeper_nics', attached, { state: 'attached' });
  samples.add('bridgekeeper_nics', waiting, { state: 'waiting' });
  samples.add('bridgekeeper_nics', Math.max(0, total - attached - waiting), { state: 'detached' });
  samples.add('bridgekeeper_forwards', status.forwards);
  samples.add('bridgekeeper_policies', status.policies);
  samples.add('bridgekeeper_warnings', status.warnings.length);
  samples.add('bridgekeeper_drift', status.drift.length);
  if (status.lastRepair) samples.add('bridgekeeper_last_repair_timestamp_seconds', status.lastRepair.at / 1000);
  for (const { name, state } of status.services)
    samples.add('bridgekeeper_service_up', flag(state === 'running'), { service: name });
  if (status.sessionTable) {
    samples.add('bridgekeeper_session_table_entries', status.sessionTable.count);
    samples.add('bridgekeeper_session_table_size', status.sessionTable.max);
  }
  if (status.recorder) addRecorder(samples, status.recorder);
  return samples;
}
