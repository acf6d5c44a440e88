// A name server on 127.0.0.1:53 that knows what a JSON file says: `{ "name": { "a": ["192.0.2.1"], "ttl": 300 } }`, `aaaa` likewise.
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import process from 'node:process';

const [file = ''] = process.argv.slice(2);
const TYPES = { 1: 'a', 28: 'aaaa' };

function nameIn(message) {
  const labels = [];
  let at = 12;
  for (; message[at] !== 0; at += message[at] + 1)
    labels.push(message.toString('latin1', at + 1, at + 1 + message[at]));
  return { name: labels.join('.'), end: at + 5, type: message.readUInt16BE(at + 1) };
}

const bytesOf = (address) =>
  address.includes('.') ? Buffer.from(address.split('.').map(Number)) : Buffer.from(address.replaceAll(':', ''), 'hex');

function answer(query) {
  const { name, end, type } = nameIn(query);
  const { ttl = 300, ...records } = JSON.parse(readFileSync(file, 'utf8'))[name] ?? {};
  const answers = (records[TYPES[type]] ?? []).map((address) => {
    const data = bytesOf(address);
    const head = Buffer.alloc(12);
    // The name is the one of the question, twelve bytes into the message.
    head.writeUInt16BE(0xc00c, 0);
    head.writeUInt16BE(type, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt32BE(ttl, 6);
    head.writeUInt16BE(data.length, 10);
    return Buffer.concat([head, data]);
  });
  const message = Buffer.concat([query.subarray(0, end), ...answers]);
  message.writeUInt16BE(0x8180, 2);
  message.writeUInt16BE(answers.length, 6);
  message.writeUInt32BE(0, 8);
  return message;
}

const socket = createSocket('udp4');
socket.on('message', (query, { port, address }) => socket.send(answer(query), port, address));
socket.bind(53, '127.0.0.1');
