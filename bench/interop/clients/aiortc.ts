import { join } from 'node:path';
import { repositoryRoot } from '../../paths.js';
import type { Client } from './client.js';
import { ProgramPeer } from './program-peer.js';

/** That of the distribution, which its packages belong to. */
export const PYTHON = '/usr/bin/python3';

/** WebRTC in Python, with an Opus decoder that knows frames of 20 ms alone. */
export const aiortc: Client = {
  name: 'aiortc',
  title: 'aiortc',
  requirements: [{ file: '/usr/lib/python3/dist-packages/aiortc', package: 'python3-aiortc' }],
  suites: [undefined],
  hearsShortPacketsOnly: true,
  open: (settings) =>
    Promise.resolve(new ProgramPeer([PYTHON, join(repositoryRoot, 'bench/interop/clients/aiortc-peer.py')], settings)),
};
