// Prints, as JSON, which of the given ports of an address answer: ADDRESS tcp:80 udp:3478 ...
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import process from 'node:process';

const WAIT_MS = 2_000;
const [address, ...ports] = process.argv.slice(2);

const answersTcp = (port) =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: WAIT_MS });
    const end = (answers) => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });

const answersUdp = (port) =>
  new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const end = (answers) => {
      clearTimeout(timer);
      socket.close();
      resolve(answers);
    };
    const timer = setTimeout(end, WAIT_MS, false);
    socket.once('message', () => end(true));
    socket.send('hello', port, address);
  });

const answers = await Promise.all(
  ports.map((each) => {
    const [protocol, port] = each.split(':');
    return protocol === 'tcp' ? answersTcp(Number(port)) : answersUdp(Number(port));
  }),
);
process.stdout.write(JSON.stringify(ports.filter((_, index) => answers[index])));
