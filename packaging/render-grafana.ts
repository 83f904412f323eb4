import { type DashboardRow, dashboardRows, type PanelPlan } from './grafana-panels.ts';

/** Grafana 9.0; later ones move it forward when it is imported. */
const schemaVersion = 36;
/** Columns of Grafana's grid. */
const width = 24;

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own variable.
const datasource = { type: 'prometheus', uid: '${datasource}' };

const chooser = (name: string, label: string, query: string) => ({
  name,
  label,
  type: 'query',
  datasource,
  query: { query, refId: name },
  definition: query,
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  // Also guests without an owner.
  allValue: '.*',
  current: { selected: true, text: ['All'], value: ['$__all'] },
  hide: 0,
  options: [],
  regex: '',
  skipUrlSync: false,
});

const variables = [
  {
    name: 'datasource',
    label: 'Prometheus',
    type: 'datasource',
    query: 'prometheus',
    refresh: 1,
    multi: false,
    includeAll: false,
    current: {},
    hide: 0,
    options: [],
    regex: '',
    skipUrlSync: false,
  },
  chooser('instance', 'Gateway', 'label_values(bridgekeeper_build_info, instance)'),
  chooser('owner', 'Owner', 'label_values(bridgekeeper_guest_sessions_limit{instance=~"$instance"}, owner)'),
  chooser(
    'guest',
    'Guest',
    'label_values(bridgekeeper_guest_sessions_limit{instance=~"$instance", owner=~"$owner"}, guest)',
  ),
];

const letter = (index: number): string => String.fromCharCode(65 + index);

/** Green, then yellow and red from these values on; with `low`, red below the first. */
function thresholdsOf({ warning, critical, low }: PanelPlan) {
  const steps: { color: string; value: number | null }[] = [{ color: 'green', value: null }];
  if (low !== undefined)
    return {
      mode: 'absolute',
      steps: [
        { color: 'red', value: null },
        { color: 'green', value: low },
      ],
    };
  if (warning !== undefined) steps.push({ color: 'yellow', value: warning });
  if (critical !== undefined) steps.push({ color: 'red', value: critical });
  return { mode: 'absolute', steps };
}

function optionsOf({ type }: PanelPlan): object {
  const reduceOptions = { calcs: ['lastNotNull'], fields: '', values: false };
  if (type === 'timeseries')
    return {
      legend: { displayMode: 'list', placement: 'bottom', calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    };
  if (type === 'table') return { showHeader: true, footer: { show: false } };
  if (type === 'bargauge')
    return { orientation: 'horizontal', displayMode: 'gradient', showUnfilled: true, reduceOptions };
  if (type === 'stat')
    return {
      colorMode: 'value',
      graphMode: 'area',
      justifyMode: 'auto',
      textMode: 'auto',
      orientation: 'auto',
      reduceOptions,
    };
  return { showThresholdLabels: false, showThresholdMarkers: true, orientation: 'auto', reduceOptions };
}

function panelOf(plan: PanelPlan, id: number, place: { x: number; y: number }) {
  const share = plan.unit === 'percentunit';
  return {
    id,
    type: plan.type,
    title: plan.title,
    ...(plan.about === undefined ? {} : { description: plan.about }),
    datasource,
    gridPos: { h: plan.height, w: plan.width, ...place },
    fieldConfig: {
      defaults: {
        unit: plan.unit ?? 'short',
        ...(share ? { min: 0, max: 1 } : {}),
        color: { mode: plan.type === 'timeseries' ? 'palette-classic' : 'thresholds' },
        thresholds: thresholdsOf(plan),
        mappings: [],
        custom:
          plan.type === 'timeseries'
            ? {
                drawStyle: 'line',
                fillOpacity: plan.stacked ? 30 : 10,
                lineWidth: 1,
                showPoints: 'never',
                stacking: { mode: plan.stacked ? 'normal' : 'none', group: 'A' },
              }
            : {},
      },
      overrides: [],
    },
    options: optionsOf(plan),
    ...(plan.type === 'table'
      ? { transformations: [{ id: 'organize', options: { excludeByName: { Time: true, __name__: true, job: true } } }] }
      : {}),
    targets: plan.queries.map(({ expr, legend }, index) => ({
      refId: letter(index),
      datasource,
      expr,
      legendFormat: legend ?? '__auto',
      editorMode: 'code',
      ...(plan.type === 'timeseries'
        ? { range: true }
        : { instant: true, range: false, format: plan.type === 'table' ? 'table' : 'time_series' }),
    })),
  };
}

/** Panels from left to right, as many in a line as it holds. */
function layOut(rows: readonly DashboardRow[]): object[] {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: plans } of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { h: 1, w: width, x: 0, y },
    });
    y += 1;
    let x = 0;
    let tallest = 0;
    for (const plan of plans) {
      if (x + plan.width > width) {
        y += tallest;
        [x, tallest] = [0, 0];
      }
      panels.push(panelOf(plan, panels.length + 1, { x, y }));
      x += plan.width;
      tallest = Math.max(tallest, plan.height);
    }
    y += tallest;
  }
  return panels;
}

/** packaging/grafana/bridgekeeper.json. */
export function renderGrafana(): string {
  const dashboard = {
    title: 'Bridgekeeper',
    uid: 'bridgekeeper',
    description: 'Guests, sessions, pools, violations, alerts and resources of Bridgekeeper gateways.',
    tags: ['bridgekeeper', 'network'],
    schemaVersion,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    timezone: '',
    annotations: {
      list: [
        {
          builtIn: 1,
          datasource: { type: 'grafana', uid: '-- Grafana --' },
          enable: true,
          hide: true,
          iconColor: 'rgba(0, 211, 255, 1)',
          name: 'Annotations & Alerts',
          type: 'dashboard',
        },
        {
          datasource,
          enable: true,
          expr: 'changes(bridgekeeper_revision{instance=~"$instance"}[1m]) > 0',
          iconColor: 'blue',
          name: 'Revisions',
          titleFormat: 'a revision was applied on {{instance}}',
        },
      ],
    },
    templating: { list: variables },
    links: [],
    panels: layOut(dashboardRows),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
