import { broadcast } from '../../infra/parts/monitoring/grafana/broadcast.js';
import type { Dashboard } from '../../infra/parts/monitoring/grafana/dashboard.js';
import { overview } from '../../infra/parts/monitoring/grafana/overview.js';
import { slo } from '../../infra/parts/monitoring/grafana/slo.js';
import { vm } from '../../infra/parts/monitoring/grafana/vm.js';
import { workers } from '../../infra/parts/monitoring/grafana/workers.js';

/** All of them, by the name of their file in `infra/parts/monitoring/grafana/dashboards`. */
export const DASHBOARDS: readonly (readonly [file: string, dashboard: Dashboard])[] = [
  ['overview', overview],
  ['broadcast', broadcast],
  ['workers', workers],
  ['vm', vm],
  ['slo', slo],
];

/** Every PromQL expression, with values for what Grafana fills in. */
export function expressions(): string[] {
  return DASHBOARDS.flatMap(([, { rows }]) => rows.flat())
    .flatMap(({ queries }) => queries)
    .map(({ expr }) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$masjid', 'an-noor'));
}
