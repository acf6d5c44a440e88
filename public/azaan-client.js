/**
 * Client for an azaan relay: speak to a masjid's listeners, or listen to it. No dependencies, no build step.
 *
 * To use it in another app, copy this file and the folder `azaan-client/` beside it.
 *
 *     import { AzaanListener } from './azaan-client.js';
 *
 *     const listener = new AzaanListener({ url: 'https://azaan.example', connectionID: 'masjid-an-noor' });
 *     listener.addEventListener('statechange', () => console.log(listener.state));
 *     listener.start(); // from a click, so that the browser lets the sound play
 */
export { AzaanBroadcaster } from './azaan-client/broadcaster.js';
export { AzaanListener } from './azaan-client/listener.js';
export { AzaanError } from './azaan-client/azaan-error.js';
