// Holds COUNT connections to ADDRESS PORT for as long as all of them have time to begin, and prints how many did.
import { connect } from 'node:net';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';

const WAIT_MS = 6_000;
const [host, port, count] = process.argv.slice(2);
let connected = 0;
const sockets = Array.from({ length: Number(count) }, () =>
  connect({ host, port: Number(port), allowHalfOpen: true })
    .once('connect', () => (connected += 1))
    .on('error', () => undefined)
    .resume(),
);
await wait(WAIT_MS);
sockets.forEach((socket) => socket.destroy());
process.stdout.write(String(connected));
