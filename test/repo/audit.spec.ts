import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const TOOL = join(import.meta.dirname, '../../tools/audit.mjs');
const ADVISORY = 'GHSA-aaaa-bbbb-cccc';
const FAR_AWAY = '2999-12-31';
const LONG_AGO = '2026-01-01';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** As npm 11 prints it: `deep` has the fault, `direct` only depends on it. */
function reportOf(severity: string): unknown {
  const cause = { name: 'deep', title: 'Deep trouble', url: `https://github.com/advisories/${ADVISORY}`, severity };
  return {
    auditReportVersion: 2,
    vulnerabilities: {
      deep: { name: 'deep', severity, via: [cause] },
      direct: { name: 'direct', severity, via: ['deep'] },
    },
  };
}

const excuse = (expires: string) => [{ advisory: ADVISORY, package: 'deep', reason: 'never called with it', expires }];

async function audit(
  report: unknown,
  allowList: unknown = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; output: string }> {
  const [reportFile, allowListFile] = [join(folder, 'report.json'), join(folder, 'allow-list.json')];
  await writeFile(reportFile, typeof report === 'string' ? report : JSON.stringify(report));
  await writeFile(allowListFile, JSON.stringify(allowList));
  const args = [TOOL, '--report', reportFile, '--allow-list', allowListFile];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env, timeout: 10_000 });
  return { code: status, output: stdout + stderr };
}

describe('the audit', () => {
  it.each(['high', 'critical'])('fails on a %s vulnerability, and names it once', async (severity) => {
    const { code, output } = await audit(reportOf(severity));
    expect(code).toBe(1);
    expect(output.match(new RegExp(ADVISORY, 'g'))).toHaveLength(1);
    expect(output).toContain('deep: Deep trouble');
  });

  it.each(['moderate', 'low', 'info'])('lets a %s one pass', async (severity) => {
    expect(await audit(reportOf(severity))).toMatchObject({ code: 0 });
  });

  it('accepts an excuse until its day is over', async () => {
    expect(await audit(reportOf('high'), excuse(FAR_AWAY))).toMatchObject({ code: 0 });
    const { code, output } = await audit(reportOf('high'), excuse(LONG_AGO));
    expect(code).toBe(1);
    expect(output).toContain(`excused until ${LONG_AGO}: never called with it`);
  });

  it('accepts no excuse for another package, and none without a reason and a day', async () => {
    const [entry] = excuse(FAR_AWAY);
    expect(await audit(reportOf('high'), [{ ...entry, package: 'other' }])).toMatchObject({ code: 1 });
    expect(await audit(reportOf('high'), [{ ...entry, reason: '' }])).toMatchObject({ code: 1 });
    expect(await audit(reportOf('low'), [{ ...entry, expires: 'never' }])).toMatchObject({ code: 1 });
  });

  it.each(['', 'npm error', '{"message":"405 Method Not Allowed","statusCode":405}'])(
    'says that the registry could not be asked when it answered %j, and fails only where it must be',
    async (answer) => {
      const { code, output } = await audit(answer);
      expect(code).toBe(0);
      expect(output).toContain('could not be asked');
      expect(await audit(answer, [], { AUDIT_REQUIRED: '1' })).toMatchObject({ code: 2 });
    },
  );
});
