// Listens on the given ports of every address, `tcp:80` or `udp:3478`, until it is ended. UDP is echoed.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import process from 'node:process';

for (const [protocol, port] of process.argv.slice(2).map((each) => each.split(':'))) {
  if (protocol === 'tcp') {
    createServer((socket) => socket.end()).listen(Number(port), '::');
  } else {
    const socket = createSocket('udp6');
    socket.on('message', (message, from) => socket.send(message, from.port, from.address));
    socket.bind(Number(port), '::');
  }
}
