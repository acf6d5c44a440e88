import type { Panel } from './panels.ts';

export interface Dashboard {
  /** Stable: links hold it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly Panel[];
  /** A variable `$masjid`, with the masjids that are or were on air. */
  readonly masjidVariable?: boolean;
  /** Such as `now-6h`. */
  readonly from?: string;
}

const SCHEMA_VERSION = 39;
const COLUMNS = 24;
const HEIGHTS: Readonly<Record<Panel['kind'], number>> = { stat: 4, timeseries: 8 };
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** The dashboard as Grafana imports it. */
export function toGrafana({ uid, title, description, panels, masjidVariable, from }: Dashboard): object {
  return {
    uid,
    title,
    description,
    tags: ['azaan-relay'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: '10s',
    timezone: 'browser',
    time: { from: from ?? 'now-1h', to: 'now' },
    links: [{ type: 'dashboards', title: 'azaan-relay', tags: ['azaan-relay'], asDropdown: true, includeVars: true }],
    annotations: { list: [ALERTS_AS_ANNOTATIONS] },
    templating: { list: [DATASOURCE_VARIABLE, ...(masjidVariable === true ? [MASJID_VARIABLE] : [])] },
    panels: placed(panels),
  };
}

const DATASOURCE_VARIABLE = { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' };

const MASJID_VARIABLE = {
  name: 'masjid',
  label: 'Masjid',
  type: 'query',
  datasource: DATASOURCE,
  query: { query: 'label_values(azaan_broadcast_silent_seconds, masjid)', refId: 'masjid' },
  // On every change of the time range: masjids come and go.
  refresh: 2,
  sort: 1,
};

const ALERTS_AS_ANNOTATIONS = {
  name: 'Alerts',
  datasource: DATASOURCE,
  enable: true,
  iconColor: 'red',
  expr: 'ALERTS{alertstate="firing",severity="critical"}',
  titleFormat: '{{alertname}}',
  step: '60s',
};

/** From left to right; where one does not fit, a new row begins. */
function placed(panels: Dashboard['panels']): object[] {
  let [x, y, below] = [0, 0, 0];
  return panels.map((panel, index) => {
    const { width: w, kind } = panel;
    if (x + w > COLUMNS) [x, y] = [0, below];
    const gridPos = { x, y, w, h: HEIGHTS[kind] };
    x += w;
    below = Math.max(below, y + gridPos.h);
    return { id: index + 1, gridPos, ...described(panel) };
  });
}

function described(panel: Panel): object {
  const { kind, title, description, unit, queries, min, max } = panel;
  return {
    type: kind,
    title,
    description,
    datasource: DATASOURCE,
    targets: Object.entries(queries).map(([legendFormat, expr], index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr,
      legendFormat,
      ...(kind === 'stat' ? { instant: true } : {}),
    })),
    fieldConfig: {
      defaults: {
        unit,
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
        ...(kind === 'timeseries' ? { custom: lineStyle(panel) } : {}),
        thresholds: { mode: 'absolute', steps: steps(panel) },
        noValue: '–',
      },
      overrides: [],
    },
    options:
      kind === 'stat'
        ? { colorMode: 'background', graphMode: 'area', reduceOptions: { calcs: ['lastNotNull'] } }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
  };
}

function lineStyle({ stacked }: Panel): object {
  return {
    lineWidth: 1,
    fillOpacity: stacked === true ? 30 : 8,
    showPoints: 'never',
    ...(stacked === true ? { stacking: { mode: 'normal' } } : {}),
  };
}

function steps({ thresholds }: Panel): object[] {
  if (thresholds === undefined) return [{ color: 'green', value: null }];
  const { warning, critical, lowIsBad } = thresholds;
  const colours = ['green', 'yellow', 'red'];
  const values = lowIsBad === true ? [null, critical, warning] : [null, warning, critical];
  return (lowIsBad === true ? colours.reverse() : colours).map((color, index) => ({ color, value: values[index] }));
}
