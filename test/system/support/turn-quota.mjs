// Allocates until the TURN server refuses, at most `each` times with each credential, and prints {"allocated": N, "refusal": CODE}.
import process from 'node:process';
import { TurnClient } from '../../../infra/parts/turn/turn-client.mjs';

const { server, credentials, each } = JSON.parse(process.argv[2]);
const clients = [];
let allocated = 0;
let refusal = 0;
for (const credential of credentials.flatMap((one) => Array.from({ length: each }, () => one))) {
  const client = await TurnClient.open(server, credential);
  clients.push(client);
  await client.allocate().then(
    () => (allocated += 1),
    (error) => (refusal = error.code),
  );
  if (refusal !== 0) break;
}
await Promise.all(clients.map((client) => client.close()));
process.stdout.write(JSON.stringify({ allocated, refusal }));
