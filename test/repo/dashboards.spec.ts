import { describe, expect, it } from 'vitest';
import { toGrafana } from '../../infra/parts/monitoring/grafana/dashboard.js';
import { DASHBOARDS } from '../../infra/parts/monitoring/grafana/dashboards.js';

const COLUMNS = 24;

it('no two dashboards have the same uid or title', () => {
  for (const field of ['uid', 'title'] as const) {
    const values = Object.values(DASHBOARDS).map((dashboard) => dashboard[field]);
    expect(new Set(values).size).toBe(values.length);
  }
});

describe.each(Object.entries(DASHBOARDS))('%s', (_, dashboard) => {
  it('explains every panel', () => {
    for (const { title, description } of dashboard.panels) expect(description, title).toMatch(/^.{20,}[.]$/);
  });

  it('gives every panel an id of its own and its place', () => {
    const { panels } = toGrafana(dashboard) as { panels: { id: number; gridPos: { x: number; w: number } }[] };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(COLUMNS);
  });
});
