// A way to the package archives for a machine whose network ends at the test: an HTTP proxy (CONNECT and plain GET) on a
// Unix socket, which namespaces share, and its other end on the machine's own loopback.
//   way-out.mjs out SOCKET HOST FOLDER    beside the machine; what is asked of HOST comes from FOLDER
//   way-out.mjs in SOCKET PORT            within the machine's namespace
import { createReadStream } from 'node:fs';
import { createServer, request } from 'node:http';
import net from 'node:net';
import { join, normalize } from 'node:path';
import process from 'node:process';

const [side, socket, third, folder] = process.argv.slice(2);

const giveUp = (...streams) =>
  streams.forEach((stream) => stream.on('error', () => streams.forEach((s) => s.destroy())));

function fromFolder(path, response) {
  const file = createReadStream(join(folder, normalize(`/${path}`)));
  file.on('error', () => response.writeHead(404).end());
  file.on('open', () => file.pipe(response));
}

if (side === 'out') {
  const proxy = createServer((incoming, response) => {
    const url = new URL(incoming.url);
    if (url.hostname === third) return fromFolder(url.pathname, response);
    const outgoing = request(url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    giveUp(outgoing, response);
    return incoming.pipe(outgoing);
  });
  proxy.on('connect', ({ url }, client) => {
    const [host, port] = url.split(':');
    const server = net.connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      server.pipe(client).pipe(server);
    });
    giveUp(server, client);
  });
  proxy.listen(socket);
} else {
  net
    .createServer((client) => {
      const server = net.connect(socket);
      giveUp(client, server);
      client.pipe(server).pipe(client);
    })
    .listen(Number(third), '127.0.0.1');
}
