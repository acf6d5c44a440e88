/**
 * Writes dist/sbom.cdx.json: a CycloneDX bill of materials of what production runs.
 *
 *     node tools/sbom.mjs
 *
 * npm marks development packages rightly, but `npm sbom --omit dev` also leaves out packages that production shares with
 * them (npm 11.19): so the whole bill is asked for, and what is marked is taken out here.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const FILE = 'dist/sbom.cdx.json';
const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

const isDevelopment = ({ properties = [] }) =>
  properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');
const nameOf = ({ purl }) => decodeURIComponent(purl).replace(/^pkg:npm\/(@?[^@]+)@.*$/, '$1');

const { stdout, stderr } = spawnSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
  encoding: 'utf8',
  timeout: TIMEOUT_MS,
  maxBuffer: MAX_OUTPUT_BYTES,
});
if (stdout === '') throw new Error(`npm sbom gave nothing:\n${stderr}`);
const bill = JSON.parse(stdout);
const components = bill.components.filter((component) => !isDevelopment(component));
const kept = new Set([bill.metadata.component, ...components].map((component) => component['bom-ref']));
const dependencies = bill.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((each) => kept.has(each)) }));

const listed = new Set(components.map(nameOf));
const missing = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).dependencies).filter(
  (name) => !listed.has(name),
);
if (missing.length > 0) throw new Error(`the bill of materials lacks ${missing.join(', ')}`);

mkdirSync('dist', { recursive: true });
writeFileSync(FILE, `${JSON.stringify({ ...bill, components, dependencies }, null, 2)}\n`);
console.log(`${FILE}: ${components.length} packages`);
