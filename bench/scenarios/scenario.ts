import type { PeerKind } from '../load/load-protocol.js';
import type { SectionBody } from '../report/results.js';
import type { Scope } from '../scope.js';

export interface ScenarioOptions {
  readonly listeners: number;
  /** Length of each measured window. */
  readonly seconds: number;
}

export interface ScenarioContext extends ScenarioOptions {
  /** What listeners of this relay are made of. */
  readonly peers: PeerKind;
  /** Closes what the scenario starts. */
  readonly scope: Scope;
  /** Shows what is going on, in one line. */
  readonly progress: (line: string) => void;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly help: string;
  readonly defaults: ScenarioOptions;
  /** How long it takes with them, on two cores. */
  readonly minutes: number;
  readonly run: (context: ScenarioContext) => Promise<SectionBody>;
}
