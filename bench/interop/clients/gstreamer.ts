import { join } from 'node:path';
import { repositoryRoot } from '../../paths.js';
import { PYTHON } from './aiortc.js';
import type { Client } from './client.js';
import { ProgramPeer } from './program-peer.js';

const PLUGINS = '/usr/lib/*/gstreamer-1.0';

/** GStreamer's element for WebRTC, driven from Python. It speaks in frames of 5 ms. */
export const gstreamer: Client = {
  name: 'gstreamer',
  title: 'GStreamer webrtcbin',
  requirements: [
    { file: `${PLUGINS}/libgstwebrtc.so`, package: 'gstreamer1.0-plugins-bad' },
    { file: `${PLUGINS}/libgstrtpmanager.so`, package: 'gstreamer1.0-plugins-good' },
    { file: `${PLUGINS}/libgstnice.so`, package: 'gstreamer1.0-nice' },
    { file: '/usr/lib/python3/dist-packages/gi/__init__.py', package: 'python3-gi' },
    { file: '/usr/lib/*/girepository-1.0/GstWebRTC-1.0.typelib', package: 'gir1.2-gst-plugins-bad-1.0' },
  ],
  suites: [undefined],
  hearsShortPacketsOnly: false,
  open: (settings) =>
    Promise.resolve(
      new ProgramPeer([PYTHON, join(repositoryRoot, 'bench/interop/clients/gstreamer-peer.py')], settings),
    ),
};
