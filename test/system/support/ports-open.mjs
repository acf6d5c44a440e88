// Listens on the given ports of every IPv4 address and of ::1, `tcp:80` or `udp:3478`, until it is ended. UDP is echoed.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import process from 'node:process';

for (const [protocol, port] of process.argv.slice(2).map((each) => each.split(':'))) {
  for (const [address, type] of [
    ['0.0.0.0', 'udp4'],
    ['::1', 'udp6'],
  ]) {
    if (protocol === 'tcp') {
      createServer((socket) => socket.end()).listen(Number(port), address);
    } else {
      const socket = createSocket(type);
      socket.on('message', (message, from) => socket.send(message, from.port, from.address));
      socket.bind(Number(port), address);
    }
  }
}
