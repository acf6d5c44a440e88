/** Units of Grafana that the dashboards use. */
export type Unit =
  'short' | 'none' | 's' | 'percent' | 'percentunit' | 'bytes' | 'pps' | 'ops' | 'binBps' | 'dB' | 'dateTimeFromNow';

export interface Query {
  readonly expr: string;
  /** Name of each series, with `{{label}}` for its labels. */
  readonly legend: string;
}

export interface PanelOptions {
  readonly title: string;
  /** What it shows and what to make of it, for somebody who sees it for the first time. */
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Values from which a stat is yellow, and red. */
  readonly thresholds?: { readonly warning: number; readonly critical: number; readonly lowIsBad?: boolean };
  readonly min?: number;
  readonly max?: number;
  readonly stacked?: boolean;
}

export interface Panel extends PanelOptions {
  readonly kind: 'stat' | 'timeseries';
  /** In 24ths of the dashboard. */
  readonly width: number;
}

/** One number, as it is now. */
export function stat(width: number, options: PanelOptions): Panel {
  return { kind: 'stat', width, ...options };
}

/** Lines over time. */
export function graph(width: number, options: PanelOptions): Panel {
  return { kind: 'timeseries', width, ...options };
}
