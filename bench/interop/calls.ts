import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveLine } from '../../src/cli/live-line.js';
import { DemoIdentity } from '../../src/cli/demo-identity.js';
import { runInScope, type Scope } from '../scope.js';
import { azaanRelay, RelaySubject } from '../subjects/relay-subject.js';
import { tableToMarkdown } from '../report/markdown.js';
import { Call, type Outcome, type Surroundings, type Trial } from './call.js';
import { ROLES } from './clients/client.js';
import { missingPackages } from './installation.js';
import { readInteropOptions, type InteropOptions } from './interop-options.js';
import { ADDRESSES, setUpNamespace, type Family } from './namespace.js';
import { outcomeTable } from './outcome-table.js';
import { interopPage } from './page.js';
import { recordTone } from './sound/tape.js';

/** The part of `npm run interop` inside its network namespace: the relay, and one call after the other. */

const identity = new DemoIdentity();

async function startRelay(family: Family, scope: Scope): Promise<string> {
  const media = { PUBLIC_IP: ADDRESSES[family], MEDIA_BIND_ADDRESS: ADDRESSES[family] };
  const unlimited = { RATE_LIMIT_BROADCASTS_PER_MINUTE: '1000000' };
  const environment = { ...azaanRelay.environment, ...identity.environment(), ...unlimited, ...media };
  const relay = scope.use(await RelaySubject.start({ ...azaanRelay, environment }));
  return relay.url;
}

/** In the order of the table, whichever ends first. */
async function inTurn<T>(tasks: readonly (() => Promise<T>)[], atOnce: number): Promise<T[]> {
  const results: T[] = [];
  const queue = [...tasks.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) results[next[0]] = await next[1]();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** Programs, profiles and microphones of all clients go with this process, however it ends. */
function useFolderOfOurOwn(): void {
  const folder = mkdtempSync(join(tmpdir(), 'azaan-interop-'));
  process.env['TMPDIR'] = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
}

async function callAll(options: InteropOptions, scope: Scope, line: LiveLine): Promise<Outcome[]> {
  useFolderOfOurOwn();
  const families: readonly Family[] = options.ipv6 ? ['IPv4', 'IPv6'] : ['IPv4'];
  await setUpNamespace(families);
  line.update('recording the tone');
  const tape = await recordTone();
  for (const client of options.clients) {
    // Its calls tell why it cannot be made ready.
    if (missingPackages(client).length === 0) await client.prepare?.().catch(() => undefined);
  }
  const tasks: (() => Promise<Outcome>)[] = [];
  for (const family of families) {
    const url = await startRelay(family, scope);
    const token = (masjidId: string): Promise<string> => identity.broadcasterToken(masjidId);
    const surroundings: Surroundings = { url, family, seconds: options.seconds, tape, token };
    for (const trial of trialsOf(options)) tasks.push(() => callOne(trial, surroundings, line));
  }
  return inTurn(tasks, options.atOnce);
}

async function callOne(trial: Trial, surroundings: Surroundings, line: LiveLine): Promise<Outcome> {
  const missing = missingPackages(trial.client);
  if (missing.length > 0) {
    const problem = `not installed: apt-get install ${missing.join(' ')}`;
    const none = { version: undefined, negotiated: undefined, connectMs: undefined, heard: undefined };
    return { ...trial, ...none, family: surroundings.family, problem };
  }
  line.update(`${trial.client.title} as ${trial.role}, ${surroundings.family}`);
  return new Call(trial, surroundings).run();
}

function trialsOf({ clients }: InteropOptions): Trial[] {
  return clients.flatMap((client) =>
    client.suites.flatMap((suite) => ROLES.map((role): Trial => ({ client, role, suite }))),
  );
}

await runInScope(async (scope, line) => {
  const args = process.argv.slice(2);
  const options = readInteropOptions(args);
  if (options === undefined) throw new Error('no help in here');
  const outcomes = await callAll(options, scope, line);
  line.end();
  const table = outcomeTable(outcomes, options.seconds);
  console.log(tableToMarkdown(table));
  if (options.report !== undefined) await writeFile(options.report, interopPage(table, args));
  const isFailure = ({ client, problem }: Outcome): boolean =>
    problem !== undefined && !(options.installedOnly && missingPackages(client).length > 0);
  return !outcomes.some(isFailure);
});
// The media engines keep handles open that nothing but the end of the process closes.
process.exit();
