// Begins flows to one UDP port, each from a port of its own, all at once, and prints how many are answered:
// FROM TO PORT COUNT
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import process from 'node:process';

const WAIT_MS = 1_000;
const AT_ONCE = 50;
const [from, to, port, count] = process.argv.slice(2);

const sockets = [];
let answered = 0;
for (let begun = 0; begun < Number(count); begun += 1) {
  const socket = createSocket('udp4');
  socket.once('message', () => (answered += 1));
  socket.bind(0, from);
  await once(socket, 'listening');
  socket.send('hello', Number(port), to);
  sockets.push(socket);
  // Room for the answers: the receiver's buffer is not what is measured.
  if (begun % AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
// Until no more come: a busy machine answers late.
let before;
do {
  before = answered;
  await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
} while (answered > before);
for (const socket of sockets) socket.close();
process.stdout.write(String(answered));
