// S3 on loopback, by the package whose folder is named: PACKAGE DIRECTORY PORT BUCKET KEY_ID SECRET. It checks signatures.
import { join } from 'node:path';
import process from 'node:process';
import { createRequire } from 'node:module';

const [packageFolder, directory, port, bucket, keyId, secret] = process.argv.slice(2);
const fromPackage = createRequire(join(packageFolder, 'package.json'));
const S3rver = fromPackage('./lib/s3rver.js');
const { DUMMY_ACCOUNT } = fromPackage('./lib/models/account.js');

DUMMY_ACCOUNT.revokeAccessKey('S3RVER');
DUMMY_ACCOUNT.createKeyPair(keyId, secret);
const server = new S3rver({
  address: '127.0.0.1',
  port: Number(port),
  directory,
  configureBuckets: [{ name: bucket }],
});
await server.run();
process.stdout.write('listening\n');
