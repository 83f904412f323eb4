/** What one metric is. Its name says the unit; labels of one that has none are left out. */
export interface MetricDefinition {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

const gauge = <const Labels extends readonly string[] = []>(help: string, labels?: Labels) => ({
  type: 'gauge' as const,
  help,
  labels: (labels ?? []) as Labels,
});
const counter = <const Labels extends readonly string[] = []>(help: string, labels?: Labels) => ({
  type: 'counter' as const,
  help,
  labels: (labels ?? []) as Labels,
});

/**
 * Every metric of Bridgekeeper's own, by the part of it that is asked. Names and units by Prometheus' conventions (base
 * units; `_total` for counters). Changing a name or a label breaks rules and dashboards of users: add instead.
 */
export const metricParts = {
  status: {
    bridgekeeper_build_info: gauge('Always 1; the version, what it runs on and the site are in the labels', [
      'version',
      'node',
      'driver',
      'site',
    ]),
    bridgekeeper_revision: gauge('Number of the applied revision; 0 before the first'),
    bridgekeeper_confirmation_pending: gauge('1 while the newest revision rolls back by itself unless it is confirmed'),
    bridgekeeper_segments: gauge('Segments of the site'),
    bridgekeeper_segment_nics: gauge('NICs of a segment', ['segment']),
    bridgekeeper_guests: gauge('Guests of the site'),
    bridgekeeper_nics: gauge('NICs by state: attached, waiting for their port, detached', ['state']),
    bridgekeeper_forwards: gauge('Forwards of the site'),
    bridgekeeper_policies: gauge('Policies of the site'),
    bridgekeeper_warnings: gauge('Sentences under `warnings` of `bridgekeeper status`'),
    bridgekeeper_drift: gauge('Things on the host that are not as they should be and could not be mended yet'),
    bridgekeeper_last_repair_timestamp_seconds: gauge(
      'When something was put back last that somebody else had changed; absent when nothing was since the start',
    ),
    bridgekeeper_service_up: gauge('1 while a service such as dnsmasq runs', ['service']),
    bridgekeeper_session_table_entries: gauge(
      "Sessions in the kernel's table, those of the host and of others included",
    ),
    bridgekeeper_session_table_size: gauge("Sessions that the kernel's table has room for (nf_conntrack_max)"),
    bridgekeeper_recorder_running: gauge('1 while sessions are recorded', ['mode']),
    bridgekeeper_recorder_sessions_begun_total: counter('Sessions whose begin was recorded'),
    bridgekeeper_recorder_sessions_ended_total: counter('Sessions whose end was recorded'),
    bridgekeeper_recorder_messages_lost_total: counter(
      'Messages on sessions that the kernel could not hand over, and sessions that could not be written',
    ),
    bridgekeeper_recorder_resynchronisations_total: counter(
      'Times that the table of sessions was compared with what is recorded',
    ),
    bridgekeeper_session_log_bytes: gauge('Size of the log of sessions on disk'),
    bridgekeeper_session_log_written_total: counter('Sessions written into the log'),
    bridgekeeper_session_log_lost_total: counter(
      'Sessions that were not written because the disk was full, slow or broken',
    ),
    bridgekeeper_session_log_failing: gauge('1 while the log of sessions cannot be written'),
  },
  sessions: {
    bridgekeeper_sessions_open: gauge('Open sessions of all guests'),
    bridgekeeper_sessions_limit: gauge('Sessions that all guests together may have open (`limits.sessions`)'),
    bridgekeeper_protocol_sessions_open: gauge('Open sessions of all guests by protocol', ['protocol']),
    bridgekeeper_guest_sessions_open: gauge('Open sessions of a guest', ['guest', 'owner']),
    bridgekeeper_guest_sessions_limit: gauge('Sessions that each address of a guest may have open', ['guest', 'owner']),
    bridgekeeper_guest_ports_used: gauge(
      'Source ports of the port blocks of a guest that the protocol which uses most of them uses',
      ['guest', 'owner'],
    ),
    bridgekeeper_guest_ports_size: gauge('Source ports in the port blocks of a guest', ['guest', 'owner']),
    bridgekeeper_sessions_refused_total: counter('Packets of new sessions that were refused, by limit', ['limit']),
    bridgekeeper_guest_sessions_refused_total: counter('Packets of new sessions of a guest that were refused', [
      'guest',
      'owner',
      'limit',
    ]),
  },
  pools: {
    bridgekeeper_pool_addresses: gauge('Addresses of a MAC pool by state: held, quarantined, free', ['pool', 'state']),
    bridgekeeper_pool_size: gauge('Addresses of a MAC pool that can be leased', ['pool']),
    bridgekeeper_pool_fill_ratio: gauge('Share of the addresses of a MAC pool that are held or quarantined', ['pool']),
  },
  events: {
    bridgekeeper_events_total: counter('Events that began, by kind and severity', ['kind', 'severity']),
    bridgekeeper_events_lasting: gauge('Events that go on, by kind', ['kind']),
    bridgekeeper_violations_total: counter('Frames that the guard dropped, by offence', ['offence']),
    bridgekeeper_port_violations_total: counter('Frames of a port that the guard dropped, by offence', [
      'port',
      'guest',
      'owner',
      'offence',
    ]),
  },
  alerts: {
    bridgekeeper_alerts: gauge('Alerts by rule, severity and state: pending, firing', ['rule', 'severity', 'state']),
    bridgekeeper_alerts_acknowledged: gauge('Alerts that fire and that somebody has acknowledged'),
    bridgekeeper_alerts_silenced: gauge('Alerts that fire and that a silence keeps from being told'),
    bridgekeeper_notifier_sent_total: counter('Messages that a notifier has sent', ['notifier', 'kind']),
    bridgekeeper_notifier_messages_waiting: gauge('Messages that a notifier has yet to send', ['notifier', 'kind']),
    bridgekeeper_notifier_lost_total: counter('Messages that a notifier gave up', ['notifier', 'kind']),
    bridgekeeper_notifier_up: gauge('1 when the last message of a notifier went through', ['notifier', 'kind']),
    bridgekeeper_notifier_last_sent_timestamp_seconds: gauge('When a notifier sent a message last', [
      'notifier',
      'kind',
    ]),
  },
  isolation: {
    bridgekeeper_isolated_nics: gauge('NICs that are isolated: cut off, or limited', ['mode']),
  },
  conflicts: {
    bridgekeeper_conflicts: gauge('Leased MAC addresses that are at two places: open, acknowledged', ['state']),
  },
  rotations: {
    bridgekeeper_rotations: gauge('NICs whose MAC address changes, by phase', ['phase']),
  },
  host: {
    bridgekeeper_host_cpu_seconds_total: counter('Time of all processors of the host by mode', ['mode']),
    bridgekeeper_host_cpus: gauge('Processors of the host'),
    bridgekeeper_host_memory_size_bytes: gauge('Memory of the host'),
    bridgekeeper_host_memory_available_bytes: gauge('Memory of the host that programs can have (MemAvailable)'),
    bridgekeeper_uplink_up: gauge('1 when the uplink is there, is up and has a carrier', ['interface']),
    bridgekeeper_uplink_bytes_total: counter('Bytes on the uplink: sent, received', ['interface', 'direction']),
    bridgekeeper_uplink_packets_total: counter('Packets on the uplink: sent, received', ['interface', 'direction']),
    bridgekeeper_uplink_errors_total: counter('Packets with errors on the uplink: sent, received', [
      'interface',
      'direction',
    ]),
    bridgekeeper_uplink_dropped_total: counter('Packets that the uplink dropped: sent, received', [
      'interface',
      'direction',
    ]),
    bridgekeeper_uplink_capacity_bytes_per_second: gauge(
      'What the uplink can carry in one direction (`uplink.bandwidth`, or what the interface says); absent when nobody says it',
      ['interface'],
    ),
  },
  scrape: {
    bridgekeeper_scrape_timestamp_seconds: gauge('When this answer was put together'),
    bridgekeeper_scrape_part_success: gauge('1 when a part of this answer could be read', ['part']),
    bridgekeeper_scrape_part_age_seconds: gauge('How old a part of this answer is', ['part']),
    bridgekeeper_scrape_part_duration_seconds: gauge('How long reading a part of this answer took', ['part']),
  },
} as const satisfies Record<string, Record<string, MetricDefinition>>;

/** Kept by prom-client itself, because it is counted when it happens. */
export const applyDuration = {
  name: 'bridgekeeper_apply_duration_seconds',
  type: 'histogram',
  help: 'How long changes of the site took, by result: done, failed',
  labels: ['result'],
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
} as const;

export type MetricPart = keyof typeof metricParts;

type Definitions = (typeof metricParts)[MetricPart];
type AllDefinitions = {
  [Name in Definitions extends infer Part ? (Part extends unknown ? keyof Part : never) : never]: Extract<
    Definitions,
    Record<Name, unknown>
  >[Name];
};

export type MetricName = keyof AllDefinitions;
/** Labels that a metric may have; one whose value is not known is left out. */
export type LabelsOf<Name extends MetricName> = AllDefinitions[Name] extends {
  labels: readonly (infer Label extends string)[];
}
  ? { readonly [Key in Label]?: string }
  : never;

/** Every definition by name. */
export const metricDefinitions = Object.assign({}, ...Object.values(metricParts)) as Readonly<
  Record<MetricName, MetricDefinition>
>;
