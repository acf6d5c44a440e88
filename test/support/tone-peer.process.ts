import process from 'node:process';
import { ToneBroadcaster } from './tone-broadcaster.js';
import { ToneListener } from './tone-listener.js';

/**
 * A libwebrtc peer in a process of its own, so that it can vanish without a goodbye.
 *
 * Arguments: `broadcast|listen`, URL, connectionID, frequency in Hz. It prints `connected`, and ends with its parent.
 */
const [role, url = '', connectionID = '', frequency] = process.argv.slice(2);
const frequencyHz = Number(frequency);
process.stdin.on('end', () => process.exit(0)).resume();

const { peer } =
  role === 'broadcast'
    ? await ToneBroadcaster.start({ url, connectionID, frequencyHz })
    : await ToneListener.join({ url, connectionID });
const tell = (): void => {
  if (peer.connectionState === 'connected') process.stdout.write('connected\n');
};
peer.onconnectionstatechange = tell;
tell();
