// The last part of `npm run build`: the dashboards, as Grafana reads them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toGrafana } from './dashboard.ts';
import { DASHBOARDS } from './dashboards.ts';

const FOLDER = join(import.meta.dirname, '../../../../dist/grafana');

mkdirSync(FOLDER, { recursive: true });
for (const [name, dashboard] of Object.entries(DASHBOARDS)) {
  writeFileSync(join(FOLDER, `${name}.json`), JSON.stringify(toGrafana(dashboard), undefined, 2));
}
