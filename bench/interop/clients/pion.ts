import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../../paths.js';
import type { Client } from './client.js';
import { ProgramPeer } from './program-peer.js';

const GO_SOURCES = '/usr/share/gocode';
const COMPILE_TIMEOUT_MS = 300_000;

/** WebRTC in Go. It neither encodes nor decodes, and can be told to offer one suite alone. */
export const pion: Client = {
  name: 'pion',
  title: 'Pion',
  requirements: [
    { file: '/usr/bin/go', package: 'golang-go' },
    { file: `${GO_SOURCES}/src/github.com/pion/webrtc`, package: 'golang-github-pion-webrtc.v3-dev' },
  ],
  suites: ['AEAD_AES_128_GCM', 'AES128_CM_SHA1_80'],
  hearsShortPacketsOnly: false,
  prepare: program,
  open: async (settings) => new ProgramPeer([await program()], settings),
};

let compiled: Promise<string> | undefined;

/** Compiled once for all calls, off line, from the sources of the system. */
function program(): Promise<string> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<string> {
  const executable = join(mkdtempSync(join(tmpdir(), 'pion-')), 'pion-peer');
  const source = join(repositoryRoot, 'bench/interop/clients/pion-peer.go');
  const version = await promisify(execFile)('dpkg-query', ['-W', '-f=${Version}', 'golang-github-pion-webrtc.v3-dev']);
  const flag = `-X main.version=${version.stdout.replace(/-.*/, '')}`;
  await promisify(execFile)('go', ['build', '-ldflags', flag, '-o', executable, source], {
    timeout: COMPILE_TIMEOUT_MS,
    env: { ...process.env, GO111MODULE: 'off', GOPATH: GO_SOURCES, GOFLAGS: '', CGO_ENABLED: '0' },
  });
  return executable;
}
