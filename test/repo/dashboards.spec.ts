import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { toGrafana } from '../../infra/parts/monitoring/grafana/dashboard.js';
import { DASHBOARDS } from '../support/dashboards.js';

const FOLDER = join(import.meta.dirname, '../../infra/parts/monitoring/grafana/dashboards');
const COLUMNS = 24;

it('there is a file for every dashboard, and no other', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(DASHBOARDS.map(([file]) => `${file}.json`).sort());
});

it('no two dashboards have the same uid or title', () => {
  for (const field of ['uid', 'title'] as const) {
    const values = DASHBOARDS.map(([, dashboard]) => dashboard[field]);
    expect(new Set(values).size).toBe(values.length);
  }
});

describe.each(DASHBOARDS)('%s', (file, dashboard) => {
  // After a change: npx vitest run --project unit test/repo/dashboards.spec.ts --update
  it('is committed as its source makes it', async () => {
    const json = await format(JSON.stringify(toGrafana(dashboard)), { parser: 'json', printWidth: 120 });
    await expect(json).toMatchFileSnapshot(join(FOLDER, `${file}.json`));
  });

  it('explains every panel', () => {
    for (const { title, description } of dashboard.rows.flat()) expect(description, title).toMatch(/^.{20,}[.]$/);
  });

  it('gives every panel an id of its own and its place', () => {
    const { panels } = toGrafana(dashboard) as { panels: { id: number; gridPos: { x: number; w: number } }[] };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(COLUMNS);
  });
});
