// Stands for services on loopback: `PORT=FOLDER` answers each path with the file of that name, without slashes and query.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import process from 'node:process';

for (const [port, folder] of process.argv.slice(2).map((each) => each.split('='))) {
  createServer((request, response) => {
    const name = new URL(request.url, 'http://localhost').pathname.replaceAll('/', '-').slice(1);
    readFile(join(folder, `${name}.json`)).then(
      (text) => response.setHeader('content-type', 'application/json').end(text),
      () => response.writeHead(404).end(),
    );
  }).listen(Number(port), '127.0.0.1');
}
