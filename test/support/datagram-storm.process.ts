import { createSocket } from 'node:dgram';
import process from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';
import { dtlsClientHello } from './dtls-client-hello.js';
import { forgedDtlsRecords, forgedGoodbye, forgedRtp, noise } from './hostile-datagrams.js';
import { iceCheck, stunIndication } from './ice-check.js';

/**
 * Sends hostile datagrams to a port of loopback at a steady rate, whether they are read or not, and prints how many left
 * and how long it took, as JSON. On a machine that is too slow for the rate it takes longer.
 *
 * Arguments: port, datagrams a second, seconds, ICE user name of a peer. It ends with its parent.
 */
const [port, rate, seconds, userName = ''] = process.argv.slice(2);
process.stdin.on('end', () => process.exit(1)).resume();

const SOURCE_PORTS = 8;
const PER_TURN = 200;
const perSecond = Number(rate);
const total = perSecond * Number(seconds);

// Made beforehand: at this rate there is time for sending alone.
const datagrams = Array.from({ length: 100 }, () => [
  noise(),
  iceCheck('aaaa:bbbb'),
  iceCheck(userName),
  stunIndication(),
  dtlsClientHello(),
  forgedRtp({ payloadType: 111, ssrc: 1 }),
  forgedGoodbye(1),
  ...forgedDtlsRecords(),
]).flat();
const sockets = Array.from({ length: SOURCE_PORTS }, () => createSocket('udp4').bind(0, '127.0.0.1').unref());
let back = 0;
for (const socket of sockets) socket.on('message', () => (back += 1));

const startedAt = performance.now();
const elapsed = (): number => (performance.now() - startedAt) / 1_000;
let sent = 0;
while (sent < total) {
  // What is late is not made up for all at once.
  const until = Math.min(total, sent + PER_TURN, Math.ceil(elapsed() * perSecond));
  for (; sent < until; sent += 1) {
    sockets[sent % SOURCE_PORTS]!.send(datagrams[sent % datagrams.length]!, Number(port), '127.0.0.1');
  }
  await turn();
}
process.stdout.write(JSON.stringify({ sent, back, seconds: elapsed() }));
process.exit(0);
