import { describe, expect, it } from 'vitest';
import { alertRules, testedAlerts } from '../support/alert-rules.js';

const RULES = alertRules();

it('there are the alerts that the operation needs at least', () => {
  const names = new Set(RULES.map(({ name }) => name));
  for (const name of [
    ...['HostCpuHigh', 'HostMemoryHigh', 'HostDiskFilling', 'RelayRestarting', 'RelayNotReady', 'JoinsFailing'],
    ...['CertificateExpiring', 'BackupStale', 'RelayDown', 'LiveButSilent', 'MediaWorkerRestarting'],
    ...['JoinLatencyBudgetBurn', 'AvailabilityBudgetBurn', 'Watchdog'],
  ]) {
    expect(names).toContain(name);
  }
});

describe.each(RULES)('$name', ({ name, severity, component, annotations }) => {
  it('says how bad it is, and what it is about', () => {
    expect(['critical', 'warning', 'none']).toContain(severity);
    expect(['relay', 'turn', 'host', 'monitoring']).toContain(component);
  });

  it('says what happened in one line, what follows from it, and where its runbook is', () => {
    expect(annotations['summary']).toMatch(/^.{10,70}$/);
    expect(annotations['description']).toMatch(/[.]$/);
    expect(annotations['runbook_url']).toBe(`{{ $externalLabels.runbooks }}/${name}.md`);
  });

  it('is tested firing and silent', () => {
    const { firing, silent } = testedAlerts();
    expect(firing).toContain(name);
    // The watchdog is silent only when nothing is left to test it.
    if (name !== 'Watchdog') expect(silent).toContain(name);
  });
});
