// Allocates until the TURN server refuses, at most `attempts` times, and prints {"allocated": N, "refusal": CODE}.
import process from 'node:process';
import { TurnClient } from '../../../../infra/turn/turn-client.mjs';

const { server, credential, attempts } = JSON.parse(process.argv[2]);
const clients = [];
let allocated = 0;
let refusal = 0;
while (allocated < attempts && refusal === 0) {
  const client = await TurnClient.open(server, credential);
  clients.push(client);
  await client.allocate().then(
    () => (allocated += 1),
    (error) => (refusal = error.code),
  );
}
await Promise.all(clients.map((client) => client.close()));
process.stdout.write(JSON.stringify({ allocated, refusal }));
