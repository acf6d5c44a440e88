import type { Machine } from '../measure/machine.js';
import { number } from './format.js';

/** Everything the reports are made of. */

export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Goal {
  readonly goal: string;
  readonly measured: string;
  readonly met: boolean;
}

/** A table of names and values. */
export function figures(caption: string, rows: Table['rows']): Table {
  return { caption, head: ['figure', 'value'], rows };
}

/** A goal for a figure that is to be smaller than a limit. */
export function under(limit: number, goal: string, value: number, unit: string): Goal {
  return { goal, measured: `${number(value)} ${unit}`, met: value < limit };
}

/** A goal for a figure that may be as large as a limit, which the goal's words need not repeat. */
export function atMost(limit: number, goal: string, value: number, unit: string): Goal {
  return {
    goal: `${goal}: at most ${number(limit)} ${unit}`,
    measured: `${number(value)} ${unit}`,
    met: value <= limit,
  };
}

/** A goal for a figure that is to be as large as a limit. */
export function atLeast(limit: number, goal: string, value: number, unit: string): Goal {
  return {
    goal: `${goal}: at least ${number(limit)} ${unit}`,
    measured: `${number(value)} ${unit}`,
    met: value >= limit,
  };
}

/** One bar of the chart. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly kind: 'product' | 'baseline' | 'limit';
}

export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** What a scenario finds out. */
export interface SectionBody {
  readonly tables: readonly Table[];
  readonly goals: readonly Goal[];
  readonly notes?: readonly string[];
  readonly charts?: readonly BarGroup[];
}

export interface Section extends SectionBody {
  readonly title: string;
  readonly command: string;
  readonly measuredAt: string;
  readonly machine: Machine;
  /** Busy share of all cores just before, by whatever else runs on the machine, 0–1. */
  readonly busyBefore: number;
}
