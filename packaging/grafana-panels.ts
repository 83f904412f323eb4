/** One panel of the dashboard. Sizes are Grafana's grid units. */
export interface PanelPlan {
  readonly title: string;
  readonly type: 'stat' | 'timeseries' | 'table' | 'bargauge' | 'gauge';
  readonly width: number;
  readonly height: number;
  readonly queries: readonly { readonly expr: string; readonly legend?: string }[];
  /** Grafana's name of the unit. */
  readonly unit?: string;
  readonly about?: string;
  readonly warning?: number;
  readonly critical?: number;
  /** Red below. */
  readonly low?: number;
  readonly stacked?: boolean;
}

export interface DashboardRow {
  readonly title: string;
  readonly panels: readonly PanelPlan[];
}

type Rest = Omit<PanelPlan, 'title' | 'type' | 'width' | 'height' | 'queries'>;
type Query = string | readonly [expr: string, legend: string];

const queriesOf = (queries: readonly Query[]): PanelPlan['queries'] =>
  queries.map((query) => (typeof query === 'string' ? { expr: query } : { expr: query[0], legend: query[1] }));

const stat = (title: string, query: Query, rest: Rest = {}, width = 4): PanelPlan => ({
  title,
  type: 'stat',
  width,
  height: 4,
  queries: queriesOf([query]),
  ...rest,
});

const graph = (title: string, queries: readonly Query[], rest: Rest = {}, width = 12): PanelPlan => ({
  title,
  type: 'timeseries',
  width,
  height: 8,
  queries: queriesOf(queries),
  ...rest,
});

const gauge = (title: string, query: Query, rest: Rest = {}): PanelPlan => ({
  title,
  type: 'gauge',
  width: 6,
  height: 6,
  queries: queriesOf([query]),
  unit: 'percentunit',
  ...rest,
});

const table = (title: string, query: string, rest: Rest = {}, width = 12): PanelPlan => ({
  title,
  type: 'table',
  width,
  height: 8,
  queries: [{ expr: query }],
  ...rest,
});

const at = '{instance=~"$instance"}';
const of = (labels: string): string => `{instance=~"$instance", ${labels}}`;
const ofGuest = of('owner=~"$owner", guest=~"$guest"');

export const dashboardRows: readonly DashboardRow[] = [
  {
    title: 'Overview',
    panels: [
      stat('Daemon', [`min(up{job="bridgekeeper", instance=~"$instance"})`, 'up'], { low: 1 }),
      stat('Revision', [`max(bridgekeeper_revision${at})`, 'revision']),
      stat('Guests', [`sum(bridgekeeper_guests${at})`, 'guests']),
      stat('NICs attached', [`sum(bridgekeeper_nics${of('state="attached"')})`, 'attached']),
      stat('NICs waiting', [`sum(bridgekeeper_nics${of('state="waiting"')})`, 'waiting'], { warning: 1 }),
      stat('Forwards', [`sum(bridgekeeper_forwards${at})`, 'forwards']),
      stat('Alerts', [`sum(bridgekeeper_alerts${of('state="firing"')}) or vector(0)`, 'alerts'], {
        warning: 1,
        critical: 5,
      }),
      stat('Open conflicts', [`sum(bridgekeeper_conflicts${of('state="open"')})`, 'conflicts'], { critical: 1 }),
      stat('Drift', [`sum(bridgekeeper_drift${at})`, 'drift'], { critical: 1 }),
      stat('Services down', [`count(bridgekeeper_service_up${at} == 0) or vector(0)`, 'down'], { critical: 1 }),
      stat('NICs isolated', [`sum(bridgekeeper_isolated_nics${at})`, 'isolated'], { warning: 1 }),
      stat('Warnings', [`sum(bridgekeeper_warnings${at})`, 'warnings'], { warning: 1 }),
      table('Gateways', `bridgekeeper_build_info${at}`, { about: 'Version, site and driver of each gateway.' }, 24),
    ],
  },
  {
    title: 'Guests',
    panels: [
      graph('Guests with most sessions', [[`topk(10, bridgekeeper_guest_sessions_open${ofGuest})`, '{{guest}}']]),
      graph(
        'Guests nearest to their limit',
        [
          [
            `topk(10, bridgekeeper_guest_sessions_open${ofGuest} / (bridgekeeper_guest_sessions_limit${ofGuest} > 0))`,
            '{{guest}}',
          ],
        ],
        { unit: 'percentunit', warning: 0.8, critical: 0.95 },
      ),
      graph(
        'Guests that use most of their ports',
        [
          [
            `topk(10, bridgekeeper_guest_ports_used${ofGuest} / (bridgekeeper_guest_ports_size${ofGuest} > 0))`,
            '{{guest}}',
          ],
        ],
        { unit: 'percentunit', about: 'Source ports of the shared address that belong to the guest.' },
      ),
      graph(
        'New sessions refused',
        [
          [
            `sum by (guest, limit) (rate(bridgekeeper_guest_sessions_refused_total${ofGuest}[$__rate_interval]))`,
            '{{guest}} {{limit}}',
          ],
        ],
        { unit: 'pps' },
      ),
      graph('NICs by segment', [[`bridgekeeper_segment_nics${at}`, '{{segment}}']], { stacked: true }),
      graph('NICs by state', [[`sum by (state) (bridgekeeper_nics${at})`, '{{state}}']], { stacked: true }),
    ],
  },
  {
    title: 'Sessions',
    panels: [
      gauge('Sessions', [`bridgekeeper_sessions_open${at} / (bridgekeeper_sessions_limit${at} > 0)`, '{{instance}}'], {
        warning: 0.8,
        critical: 0.95,
      }),
      gauge(
        "Kernel's table",
        [`bridgekeeper_session_table_entries${at} / (bridgekeeper_session_table_size${at} > 0)`, '{{instance}}'],
        { warning: 0.6, critical: 0.8 },
      ),
      graph(
        'Open sessions',
        [
          [`bridgekeeper_sessions_open${at}`, 'open {{instance}}'],
          [`bridgekeeper_sessions_limit${at}`, 'limit {{instance}}'],
        ],
        {},
        12,
      ),
      graph(
        'Open sessions by protocol',
        [[`sum by (protocol) (bridgekeeper_protocol_sessions_open${at})`, '{{protocol}}']],
        {
          stacked: true,
        },
      ),
      graph(
        'Recorded sessions',
        [
          [`rate(bridgekeeper_recorder_sessions_begun_total${at}[$__rate_interval])`, 'begun {{instance}}'],
          [`rate(bridgekeeper_recorder_sessions_ended_total${at}[$__rate_interval])`, 'ended {{instance}}'],
        ],
        { unit: 'ops' },
      ),
      graph('Sessions lost to the log', [
        [`increase(bridgekeeper_recorder_messages_lost_total${at}[$__rate_interval])`, 'by the kernel {{instance}}'],
        [`increase(bridgekeeper_session_log_lost_total${at}[$__rate_interval])`, 'by the disk {{instance}}'],
      ]),
      graph('Size of the log of sessions', [[`bridgekeeper_session_log_bytes${at}`, '{{instance}}']], {
        unit: 'bytes',
      }),
    ],
  },
  {
    title: 'Pools',
    panels: [
      {
        title: 'Fill of MAC pools',
        type: 'bargauge',
        width: 12,
        height: 8,
        unit: 'percentunit',
        warning: 0.8,
        critical: 0.95,
        queries: [{ expr: `bridgekeeper_pool_fill_ratio${at}`, legend: '{{pool}}' }],
      },
      graph(
        'Addresses taken',
        [[`sum by (pool, state) (bridgekeeper_pool_addresses${of('state!="free"')})`, '{{pool}} {{state}}']],
        { stacked: true },
      ),
      table('Pools', `bridgekeeper_pool_size${at}`),
      graph('Rotations', [[`sum by (phase) (bridgekeeper_rotations${at})`, '{{phase}}']], { stacked: true }),
    ],
  },
  {
    title: 'Violations',
    panels: [
      graph(
        'Frames that the guard dropped, by offence',
        [[`sum by (offence) (rate(bridgekeeper_violations_total${at}[$__rate_interval]))`, '{{offence}}']],
        { unit: 'pps', stacked: true },
      ),
      graph(
        'By port',
        [
          [
            `topk(10, sum by (port, guest) (rate(bridgekeeper_port_violations_total${at}[$__rate_interval])))`,
            '{{port}} {{guest}}',
          ],
        ],
        { unit: 'pps' },
      ),
      table(
        'Ports with most dropped frames since the daemon started',
        `topk(20, sum by (instance, port, guest, owner, offence) (bridgekeeper_port_violations_total${at}))`,
        {},
        24,
      ),
    ],
  },
  {
    title: 'Alerts and events',
    panels: [
      table('Alerts that fire or are about to', `bridgekeeper_alerts${at} > 0`),
      graph('Alerts that fire, by rule', [[`sum by (rule) (bridgekeeper_alerts${of('state="firing"')})`, '{{rule}}']], {
        stacked: true,
      }),
      graph('Alerts that somebody looks after', [
        [`bridgekeeper_alerts_acknowledged${at}`, 'acknowledged {{instance}}'],
        [`bridgekeeper_alerts_silenced${at}`, 'silenced {{instance}}'],
      ]),
      graph('Events', [[`sum by (kind) (increase(bridgekeeper_events_total${at}[$__rate_interval]))`, '{{kind}}']], {
        stacked: true,
      }),
      graph('Events that go on', [[`sum by (kind) (bridgekeeper_events_lasting${at})`, '{{kind}}']], { stacked: true }),
      graph('Messages of notifiers', [
        [`bridgekeeper_notifier_messages_waiting${at}`, 'waiting {{notifier}}'],
        [`increase(bridgekeeper_notifier_sent_total${at}[$__rate_interval])`, 'sent {{notifier}}'],
        [`increase(bridgekeeper_notifier_lost_total${at}[$__rate_interval])`, 'lost {{notifier}}'],
      ]),
    ],
  },
  {
    title: 'Resources',
    panels: [
      graph(
        'Uplink',
        [
          [`rate(bridgekeeper_uplink_bytes_total${at}[$__rate_interval])`, '{{direction}} {{instance}} {{interface}}'],
          [`bridgekeeper_uplink_capacity_bytes_per_second${at}`, 'capacity {{instance}} {{interface}}'],
        ],
        { unit: 'Bps' },
      ),
      graph(
        'Errors and drops of the uplink',
        [
          [`rate(bridgekeeper_uplink_errors_total${at}[$__rate_interval])`, 'errors {{direction}} {{instance}}'],
          [`rate(bridgekeeper_uplink_dropped_total${at}[$__rate_interval])`, 'dropped {{direction}} {{instance}}'],
        ],
        { unit: 'pps' },
      ),
      graph(
        'Processors of the host',
        [
          [
            `sum by (instance, mode) (rate(bridgekeeper_host_cpu_seconds_total${of('mode!="idle"')}[$__rate_interval])) / on (instance) group_left bridgekeeper_host_cpus${at}`,
            '{{mode}} {{instance}}',
          ],
        ],
        { unit: 'percentunit', stacked: true },
      ),
      graph(
        'Memory of the host',
        [
          [
            `bridgekeeper_host_memory_size_bytes${at} - bridgekeeper_host_memory_available_bytes${at}`,
            'in use {{instance}}',
          ],
          [`bridgekeeper_host_memory_size_bytes${at}`, 'size {{instance}}'],
        ],
        { unit: 'bytes' },
      ),
      graph(
        'Changes of the site, 95 % are quicker than',
        [
          [
            `histogram_quantile(0.95, sum by (le, instance) (increase(bridgekeeper_apply_duration_seconds_bucket${at}[1h])))`,
            '{{instance}}',
          ],
        ],
        { unit: 's' },
      ),
      graph(
        'The daemon: processor',
        [[`rate(process_cpu_seconds_total${of('job="bridgekeeper"')}[$__rate_interval])`, '{{instance}}']],
        { unit: 'percentunit' },
      ),
      graph('The daemon: memory', [[`process_resident_memory_bytes${of('job="bridgekeeper"')}`, '{{instance}}']], {
        unit: 'bytes',
      }),
      graph(
        'The daemon: delay of its event loop',
        [[`nodejs_eventloop_lag_p99_seconds${of('job="bridgekeeper"')}`, '99 % {{instance}}']],
        { unit: 's' },
      ),
      graph('Reading these figures', [[`bridgekeeper_scrape_part_duration_seconds${at}`, '{{part}} {{instance}}']], {
        unit: 's',
        about: 'What a scrape costs the daemon, by part.',
      }),
      table('Figures that cannot be read', `bridgekeeper_scrape_part_success${at} == 0`),
    ],
  },
];
