// Asks a TURN server for permissions, and prints how it answers each: {"permission": {"10.0.0.1": 403, ...}, "channel": ...}.
// `allocation` are arguments of TurnClient's allocate(); where that is refused, it prints {"refusal": CODE}.
import process from 'node:process';
import { TurnClient, TurnRefusal } from '../../../infra/parts/turn/turn-client.mjs';

const { server, credential, allocation = [], peers = [], port } = JSON.parse(process.argv[2]);
const client = await TurnClient.open(server, credential);

const answerTo = (request) =>
  request.then(
    () => 0,
    (error) => {
      if (error instanceof TurnRefusal) return error.code;
      throw error;
    },
  );

const refusal = await answerTo(client.allocate(...allocation));
const answers = refusal === 0 ? { permission: {}, channel: {} } : { refusal };
for (const peer of peers) {
  answers.permission[peer] = await answerTo(client.createPermission(peer, port));
  answers.channel[peer] = await answerTo(client.bindChannel(peer, port));
}
await client.close();
process.stdout.write(JSON.stringify(answers));
