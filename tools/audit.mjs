/**
 * Asks the npm registry for known vulnerabilities of what runs in production, and fails on high and critical ones that
 * tools/audit-allow-list.json does not excuse for now.
 *
 *     node tools/audit.mjs [--report FILE] [--allow-list FILE]
 *
 * `--report` reads what `npm audit --omit=dev --json` printed before. Exit codes: 0 nothing stands in the way, 1 something
 * does, 2 the registry could not be asked and AUDIT_REQUIRED=1; without that, not being asked is only said.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';

const BLOCKING = ['high', 'critical'];
const ASK_TIMEOUT_MS = 60_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

const { values } = parseArgs({
  options: {
    report: { type: 'string' },
    'allow-list': { type: 'string', default: 'tools/audit-allow-list.json' },
  },
});

/** @typedef {{ advisory: string, package: string, reason: string, expires: string }} Excuse */

/** @returns {Excuse[]} */
function readExcuses(file) {
  const excuses = JSON.parse(readFileSync(file, 'utf8'));
  for (const { advisory, package: name, reason, expires } of excuses) {
    const complete = [advisory, name, reason].every((text) => typeof text === 'string' && text !== '');
    if (!complete || !DATE.test(expires)) {
      throw new Error(`${file}: every entry needs advisory, package, reason, and expires as YYYY-MM-DD`);
    }
  }
  return excuses;
}

function ask() {
  if (values.report !== undefined) return readFileSync(values.report, 'utf8');
  return spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', timeout: ASK_TIMEOUT_MS }).stdout;
}

/** @returns the report, or undefined when what came back is none */
function parseReport(text) {
  try {
    const report = JSON.parse(text);
    return report.auditReportVersion === 2 ? report : undefined;
  } catch {
    return undefined;
  }
}

/** Each advisory once, with the package that has the fault; packages that only depend on it are left out. */
function blockingAdvisories(report) {
  const causes = Object.values(report.vulnerabilities).flatMap(({ via }) =>
    via.filter((cause) => typeof cause === 'object'),
  );
  const blocking = causes.filter(({ severity }) => BLOCKING.includes(severity));
  return [...new Map(blocking.map((cause) => [cause.url, cause])).values()];
}

const advisoryId = ({ url }) => url.split('/').at(-1);

function main() {
  const excuses = readExcuses(values['allow-list']);
  const report = parseReport(ask());
  if (report === undefined) {
    console.log('audit: the registry could not be asked: it has no audit endpoint, or is out of reach');
    return process.env['AUDIT_REQUIRED'] === '1' ? 2 : 0;
  }
  const today = new Date().toISOString().slice(0, 10);
  let standing = 0;
  for (const advisory of blockingAdvisories(report)) {
    const excuse = excuses.find((each) => each.advisory === advisoryId(advisory) && each.package === advisory.name);
    const inForce = excuse !== undefined && excuse.expires >= today;
    const until = excuse === undefined ? '' : ` (excused until ${excuse.expires}: ${excuse.reason})`;
    console.log(
      `${inForce ? 'excused' : 'BLOCKING'} ${advisory.severity} ${advisory.name}: ${advisory.title} ${advisory.url}${until}`,
    );
    if (!inForce) standing += 1;
  }
  console.log(`audit: ${standing} high or critical in production dependencies`);
  return standing === 0 ? 0 : 1;
}

process.exitCode = main();
