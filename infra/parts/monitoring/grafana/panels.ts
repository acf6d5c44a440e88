/** Units of Grafana that the dashboards use. */
export type Unit =
  'short' | 'none' | 's' | 'percent' | 'percentunit' | 'bytes' | 'pps' | 'ops' | 'binBps' | 'dB' | 'dateTimeFromNow';

export interface PanelOptions {
  /** What it shows and what to make of it, for somebody who sees it for the first time. */
  readonly description: string;
  /** PromQL by the name of each series, which has `{{label}}` for its labels. */
  readonly queries: Readonly<Record<string, string>>;
  /** Values from which a stat is yellow, and red. */
  readonly thresholds?: { readonly warning: number; readonly critical: number; readonly lowIsBad?: boolean };
  readonly min?: number | undefined;
  readonly max?: number;
  readonly stacked?: boolean;
}

export interface Panel extends PanelOptions {
  readonly kind: 'stat' | 'timeseries';
  /** In 24ths of the dashboard. */
  readonly width: number;
  readonly title: string;
  readonly unit: Unit;
}

/** One number, as it is now. */
export function stat(width: number, title: string, unit: Unit, options: PanelOptions): Panel {
  return { kind: 'stat', width, title, unit, ...options };
}

/** Lines over time, from zero up where nothing else is said. */
export function graph(width: number, title: string, unit: Unit, options: PanelOptions): Panel {
  return { kind: 'timeseries', width, title, unit, min: 0, ...options };
}
