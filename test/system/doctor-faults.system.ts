import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULTS, withFault } from './support/doctor-faults.js';
import { GoLiveServer } from './support/go-live-server.js';

interface Report {
  readonly checks: readonly {
    readonly id: string;
    readonly status: string;
    readonly seen: string;
    readonly mend: string;
  }[];
}

let server: GoLiveServer;

beforeAll(async () => {
  server = await GoLiveServer.start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe('the doctor', () => {
  it('is well where nothing is spoilt', async () => {
    const { checks } = JSON.parse((await server.doctor('--json')).stdout) as Report;
    expect(checks.filter(({ status }) => status === 'bad')).toEqual([]);
  });

  it.each(FAULTS)('sees what is wrong: %s %s', async (id, seen, spoil) => {
    await withFault(server, spoil, async () => {
      const { code, stdout, stderr } = await server.doctor('--json', '--only', id);
      expect(stderr).toBe('');
      for (const secret of [server.secret, server.jwtKey]) expect(stdout).not.toContain(secret);
      const [check] = (JSON.parse(stdout) as Report).checks;
      expect(check).toMatchObject({ id, status: 'bad' });
      expect(check!.seen).toMatch(seen);
      expect(check!.mend).not.toBe('');
      expect(code).toBe(1);
    });
  });

  it('has a fault for everything that it looks at', async () => {
    const { checks } = JSON.parse((await server.doctor('--json')).stdout) as Report;
    // Every fault above was mended, so that what is open now is what only a person can know.
    const questions = checks.filter(({ seen }) => seen === 'only a person can know').map(({ id }) => id);
    const tried = new Set(FAULTS.map(([id]) => id));
    expect(checks.map(({ id }) => id).filter((id) => !tried.has(id) && !questions.includes(id))).toEqual([]);
    expect(checks.filter(({ status }) => status === 'bad')).toEqual([]);
  });
});
