// Sends data to an echo through a channel of a TURN server, and prints what comes back.
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { TurnClient } from '../../../infra/parts/turn/turn-client.mjs';

const DEADLINE_MS = 5_000;
const { server, credential, peer, port } = JSON.parse(process.argv[2]);
const client = await TurnClient.open(server, credential);
await client.allocate();
const channel = await client.bindChannel(peer, port);

const answered = new Promise((resolve) => {
  const { onMessage } = client.link;
  client.link.onMessage = (frame) => {
    if (frame.subarray(0, 2).equals(channel)) resolve(frame.subarray(4, 4 + frame.readUInt16BE(2)).toString());
    else onMessage(frame);
  };
});
const text = Buffer.from('an echo through TURN');
client.link.send(Buffer.concat([channel, Buffer.from([0, text.length]), text]));
const echo = await Promise.race([answered, wait(DEADLINE_MS, 'nothing', { ref: false })]);
await client.close();
process.stdout.write(JSON.stringify(echo));
