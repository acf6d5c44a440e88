import { existsSync, readFileSync } from 'node:fs';
import type { Machine } from '../measure/machine.js';

/** Everything the reports are made of, kept as JSON so that scenarios can be run one at a time. */

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
  readonly notes: readonly string[];
  readonly charts: readonly BarGroup[];
}

export interface Section extends SectionBody {
  readonly title: string;
  readonly command: string;
  readonly measuredAt: string;
  readonly machine: Machine;
  /** Busy share of all cores just before, by whatever else runs on the machine, 0–1. */
  readonly busyBefore: number;
}

/** Sections by the name of their scenario. */
export type Results = Readonly<Record<string, Section>>;

export function readResults(path: string): Results {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : {};
}

/** The results with one section put in place of its older self; `order` says which comes first. */
export function mergeSection(results: Results, name: string, section: Section, order: readonly string[]): Results {
  const merged: Record<string, Section> = { ...results, [name]: section };
  const names = Object.keys(merged).sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return Object.fromEntries(names.flatMap((key) => (merged[key] ? [[key, merged[key]]] : [])));
}
