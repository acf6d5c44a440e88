import { DASHBOARDS } from '../../infra/parts/monitoring/grafana/dashboards.js';

/** Every PromQL expression, with values for what Grafana fills in. */
export function expressions(): string[] {
  return Object.values(DASHBOARDS)
    .flatMap(({ panels }) => panels)
    .flatMap(({ queries }) => Object.values(queries))
    .map((expr) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$masjid', 'an-noor'));
}
