import process from 'node:process';
import autocannon from 'autocannon';
import { recordedOffer } from './offers.js';

/**
 * Calls a server as fast as it answers, all from one address, and prints how often each status was answered, as JSON.
 *
 * Arguments: URL, connectionID of a live broadcast, address, seconds. It ends with its parent.
 */
const [url = '', connectionID = '', address = '', seconds] = process.argv.slice(2);
process.stdin.on('end', () => process.exit(1)).resume();

const sdp = recordedOffer('chromium-156-listener');
const headers = { 'content-type': 'application/json', 'x-forwarded-for': address };
const post = (path: string, body: object, more: Record<string, string> = {}) =>
  ({ method: 'POST', path, body: JSON.stringify(body), headers: { ...headers, ...more } }) as const;

const { statusCodeStats } = await autocannon({
  url,
  connections: 50,
  duration: Number(seconds),
  requests: [
    post('/consumer', { connectionID, sdp }),
    post('/consumer', { connectionID: 'nobody', sdp }),
    post('/consumer', { connectionID, sdp: sdp.replace('a=fingerprint', 'a=x') }, { 'user-agent': 'broken' }),
    post('/consumer', { connectionID, sdp: 'x'.repeat(60_000) }, { 'user-agent': 'huge' }),
    post('/broadcast', { connectionID, sdp }, { authorization: 'Bearer a.b.c', 'user-agent': 'forger' }),
    { method: 'GET', path: '/broadcast', headers },
    { method: 'GET', path: '/ice-servers', headers },
  ],
});
const counts = Object.entries(statusCodeStats ?? {}).map(([status, { count }]) => [status, count ?? 0]);
process.stdout.write(JSON.stringify(Object.fromEntries(counts)));
process.exit(0);
