import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Templates in which nothing is filled in. */
export const RULES = fileURLToPath(new URL('../../infra/parts/monitoring/files/etc/prometheus/rules', import.meta.url));
const TESTS = fileURLToPath(new URL('../../infra/parts/monitoring/tests', import.meta.url));

/** The text of one alerting rule, and its parts. */
export interface AlertRule {
  readonly name: string;
  readonly text: string;
  readonly severity: string | undefined;
  readonly component: string | undefined;
  /** By name, without quotes; all of them stand on one line. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Every alerting rule of `infra/parts/monitoring/files/etc/prometheus/rules`. The rules are YAML of one regular shape. */
export function alertRules(): AlertRule[] {
  return textsOf(RULES)
    .flatMap((text) => text.split(/^ *- alert: /m).slice(1))
    .map((text) => ({
      name: /^\w+/.exec(text)![0],
      text,
      severity: /severity: (\w+)/.exec(text)?.[1],
      component: /component: (\w+)/.exec(text)?.[1],
      annotations: Object.fromEntries(
        [...text.matchAll(/^ {10}(\w+): (['"]?)(.+)\2$/gm)].map(([, name, , value]) => [name!, value!]),
      ),
    }));
}

/** Alerts for which a promtool test expects nothing at some time, and those for which it expects an alert. */
export function testedAlerts(): { readonly silent: Set<string>; readonly firing: Set<string> } {
  const texts = textsOf(TESTS).join('\n');
  const names = (pattern: RegExp) => new Set([...texts.matchAll(pattern)].map(([, name]) => name!));
  return {
    silent: names(/alertname: (\w+), exp_alerts: \[\] \}/g),
    firing: names(/alertname: (\w+)\n +exp_alerts:(?: &\w+)?\n +- exp_labels:/g),
  };
}

export function ruleTestFiles(): string[] {
  return filesOf(TESTS);
}

function filesOf(folder: string): string[] {
  return readdirSync(folder).map((file) => join(folder, file));
}

function textsOf(folder: string): string[] {
  return filesOf(folder).map((file) => readFileSync(file, 'utf8'));
}
