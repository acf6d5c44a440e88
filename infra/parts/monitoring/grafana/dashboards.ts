import { broadcast } from './broadcast.ts';
import type { Dashboard } from './dashboard.ts';
import { overview } from './overview.ts';
import { slo } from './slo.ts';
import { vm } from './vm.ts';
import { workers } from './workers.ts';

/** All of them, by the name of their file. */
export const DASHBOARDS: Readonly<Record<string, Dashboard>> = { overview, broadcast, workers, vm, slo };
