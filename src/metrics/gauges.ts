import type { Provider } from '@nestjs/common';
import { makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { RelayRegistry } from '../relay/relay-registry.js';
import type { RelaySnapshot } from '../relay/relay.types.js';

// All metrics are collected in one turn of the event loop, so that their snapshots are of the same moment.

/** A number that is read at each scrape. */
export function gauge(name: string, help: string, read: (relay: RelaySnapshot) => number): Provider {
  return makeGaugeProvider({
    name,
    help,
    inject: [RelayRegistry],
    collect(relay: RelayRegistry) {
      this.set(read(relay.snapshot()));
    },
  });
}

/** A number for each value that the label has at a scrape, where there is one. */
export function labelledGauge(
  name: string,
  help: string,
  label: string,
  read: (relay: RelaySnapshot) => readonly (readonly [labelValue: string, value: number | undefined])[],
): Provider {
  return makeGaugeProvider({
    name,
    help,
    labelNames: [label],
    inject: [RelayRegistry],
    collect(relay: RelayRegistry) {
      this.reset();
      for (const [labelValue, value] of read(relay.snapshot())) {
        if (value !== undefined) this.set({ [label]: labelValue }, value);
      }
    },
  });
}
