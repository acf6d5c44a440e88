#!/usr/bin/env node
// Tries every way to the TURN server that apps are told of, from wherever it runs, and prints a table.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { TurnClient } from './turn-client.mjs';

const HELP = `usage: infra/parts/turn/check.mjs --relay URL [--token TOKEN] [--timeout SECONDS]
       infra/parts/turn/check.mjs --ice-servers FILE

Asks the relay for TURN servers as an app does (GET URL/ice-servers), and for each of their addresses: allocates, asks for
a way to the relay's media, and makes sure that internal addresses are refused. Run it from a phone's hotspot or a guest
network to see what listeners there have. Exits with 1 when any way fails.

  --relay URL         the relay, such as https://azaan.example.org
  --token TOKEN       for a relay that lets nobody listen without one
  --ice-servers FILE  the answer of GET /ice-servers, instead of asking; - reads standard input
  --timeout SECONDS   for each step (default 5)
`;
const URL_PATTERN = /^(turns?):([^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/;
const INTERNAL_PEERS = ['127.0.0.1', '10.0.0.1', '169.254.169.254'];
const SOME_PORT = 49_152;

const { values: options } = parseArgs({
  options: {
    relay: { type: 'string' },
    token: { type: 'string' },
    'ice-servers': { type: 'string' },
    timeout: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});
const timeoutMs = Number(options.timeout) * 1_000;

async function iceServers() {
  const file = options['ice-servers'];
  if (file !== undefined) return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8')).iceServers;
  const headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
  const answer = await fetch(new URL('/ice-servers', options.relay), {
    headers,
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!answer.ok) throw new Error(`GET /ice-servers answers ${answer.status}`);
  return (await answer.json()).iceServers;
}

/** @returns {import('./turn-client.mjs').TurnServerAddress} */
function parseTurnUrl(url) {
  const [, scheme, host, port, transport] = URL_PATTERN.exec(url) ?? [];
  if (host === undefined) throw new Error(`${url} is no TURN address`);
  const secure = scheme === 'turns';
  return { host, port: Number(port ?? (secure ? 5349 : 3478)), transport: secure ? 'tls' : (transport ?? 'udp') };
}

async function tryOut(url, credential) {
  const start = performance.now();
  let client;
  try {
    client = await TurnClient.open(parseTurnUrl(url), credential, timeoutMs);
    const relayed = await client.allocate();
    const ms = Math.round(performance.now() - start);
    // TURN and media are on the same machine: the media has the address that the allocation has.
    await client.createPermission(relayed.split(':')[0], SOME_PORT);
    for (const peer of INTERNAL_PEERS) {
      if (await client.allows(peer, SOME_PORT))
        return { url, ok: false, relayed, ms, note: `OPEN: it would relay to ${peer}` };
    }
    return { url, ok: true, relayed, ms, note: 'media reachable, internal addresses refused' };
  } catch (error) {
    return { url, ok: false, relayed: '', ms: Math.round(performance.now() - start), note: error.message };
  } finally {
    await client?.close();
  }
}

function table(rows) {
  const cells = [
    ['', 'way', 'relayed address', 'ms', ''],
    ...rows.map(({ url, ok, relayed, ms, note }) => [ok ? '✓' : '✗', url, relayed, String(ms), note]),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

async function main() {
  if (options.help || (options.relay === undefined && options['ice-servers'] === undefined)) {
    process.stdout.write(HELP);
    return options.help ? 0 : 2;
  }
  const servers = await iceServers();
  if (servers.length === 0) throw new Error('the relay knows no TURN server: TURN_URLS is empty');
  const ways = servers.flatMap(({ urls, ...credential }) => [urls].flat().map((url) => ({ url, credential })));
  const rows = [];
  // One after another: each allocation counts against the quota of this client.
  for (const { url, credential } of ways) rows.push(await tryOut(url, credential));
  process.stdout.write(`${table(rows)}\n`);
  return rows.every(({ ok }) => ok) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`check: ${error.message}\n`);
  process.exitCode = 1;
}
