import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GoLiveServer, type Report } from './support/go-live-server.js';
import { INFRA, run } from './support/machine.js';

const QUESTION = '1.1-static-address';
const LAST_YEAR = new Date(Date.now() - 365 * 86_400_000).toISOString();

let server: GoLiveServer;

const report = (...args: string[]) => server.report(...args);
/** As people have answered before. */
const confirmed = (id: string, at: string) =>
  server.spoil('var/lib/azaan/doctor.json', () => JSON.stringify({ confirmations: { [id]: { by: 'Amina', at } } }));

beforeAll(async () => {
  server = await GoLiveServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

afterEach(async () => {
  await server.mend();
  await rm(server.path('var/lib/azaan/doctor.json'), { force: true });
});

describe('the doctor at a server that is ready', () => {
  it('leaves open what only people know, and exits with 3', async () => {
    const { code, stdout, stderr } = await server.doctor();
    expect(stderr).toBe('');
    expect(stdout).not.toContain('  ✗ ');
    expect(stdout).toMatch(/^4\.2 HTTPS hardening\n {2}✓ HTTP is sent on to HTTPS +308 to https:/m);
    expect(stdout).toMatch(/ {2}\? SSL Labs gives grade A.*\n {6}4\.2-ssl-labs · https:/);
    expect(stdout).toMatch(/\n\d+ ✓ {2}0 ✗ {2}\d+ \?\n$/);
    expect(code).toBe(3);
  });

  it('exits with 0 once people have answered all of it, and names them', async () => {
    const open = (await report()).checks.filter(({ status }) => status === 'unknown');
    expect(open.length).toBeGreaterThan(5);
    const answers = ['Amina', ...open.map(() => 'y')].join('\n');
    const asked = await server.on('sh', '-c', `printf '%s\\n' "$1" | ${join(INFRA, 'doctor')} --ask`, 'sh', answers);
    expect(asked.code).toBe(0);
    for (const { title } of open) expect(asked.stdout).toContain(title);

    const after = await server.doctor('--json');
    expect(after.code).toBe(0);
    const question = (JSON.parse(after.stdout) as Report).checks.find(({ id }) => id === QUESTION);
    expect(question).toMatchObject({ status: 'ok', confirmed: { by: 'Amina' }, mend: null });
    expect(question!.seen).toBe(`confirmed by Amina on ${question!.confirmed!.on}`);
  });

  it('keeps its JSON as programs know it', async () => {
    const { version, summary, checks } = await report();
    expect(version).toBe(1);
    expect(checks.length).toBe(summary.ok + summary.bad + summary.unknown);
    for (const check of checks) {
      expect(Object.keys(check)).toEqual(['id', 'section', 'title', 'status', 'seen', 'mend', 'confirmed', 'ms']);
      expect(check.id.startsWith(`${check.section}-`)).toBe(true);
      expect(check.mend === null).toBe(check.status === 'ok');
    }
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  });

  it('tells nobody a secret', async () => {
    for (const args of [[], ['--json'], ['--only', '10']]) {
      const { stdout, stderr } = await server.doctor(...args);
      for (const secret of [server.secret, server.jwtKey]) expect(stdout + stderr).not.toContain(secret);
    }
  });

  it('changes nothing but its own record', async () => {
    const state = () =>
      server.on('sh', '-c', `find ${server.path('')} -newer ${server.path('mark')} -type f | grep -v /var/log/`);
    await writeFile(server.path('mark'), '');
    await new Promise((done) => setTimeout(done, 20));
    await server.doctor();
    expect((await state()).stdout).toBe('');
  });
});

describe('a confirmation', () => {
  it('runs out', async () => {
    await confirmed(QUESTION, LAST_YEAR);
    const { code, stdout } = await server.doctor('--only', QUESTION);
    expect(code).toBe(3);
    expect(stdout).toContain(`confirmed by Amina on ${LAST_YEAR.slice(0, 10)}, which is too long ago`);
    await server.doctor('--confirm', QUESTION, '--by', 'Bilal');
    expect((await server.doctor('--only', QUESTION)).stdout).toContain('confirmed by Bilal on');
  });

  it('does not make right what is wrong', async () => {
    await server.doctor('--confirm', '2.1-admin-addresses', '--by', 'Amina');
    await server.spoil('etc/azaan/azaan.env', (text) => text.replace(/^ADMIN_CIDRS=.*$/m, 'ADMIN_CIDRS='));
    expect(await server.doctor('--only', '2.1-admin-addresses')).toMatchObject({ code: 1 });
  });

  it('is taken only for what a person decides: not for what was wrong, or could not be told in time', async () => {
    const refused = (seen: string) => ({
      code: 2,
      stderr: expect.stringMatching(`^doctor: \\S+ is for the machine to tell, and it says: ${seen}`) as string,
    });
    const confirm = (id: string) => server.doctor('--confirm', id, '--by', 'Amina');
    expect(await confirm('14-fail2ban')).toMatchObject(refused('azaan-auth'));
    await server.spoil('fake/bin/df', () => '#!/bin/sh\nexec sleep 60\n');
    expect(await confirm('1.1-size')).toMatchObject(refused('df takes longer than 4.5 s'));
    const ask = `printf 'Amina\ny\ny\ny\n' | ${join(INFRA, 'doctor')} --ask --only 1.1`;
    expect((await server.on('sh', '-c', ask)).stdout).not.toContain('120 GB SSD');
    // What was recorded for it in former days counts for as little.
    await confirmed('1.1-size', new Date().toISOString());
    expect(await server.doctor('--only', '1.1-size')).toMatchObject({ code: 3 });
  });

  it('can stand for a load that was measured on two processors, but not for one', async () => {
    await server.spoil('proc/cpuinfo', () => 'processor : 0\nprocessor : 1\n');
    const seen = '2 vCPU, planned: 4; enough where the load was measured';
    expect((await report('--only', '1.1-processors')).checks[0]).toMatchObject({ status: 'unknown', seen });
    await server.doctor('--confirm', '1.1-processors', '--by', 'Amina');
    expect(await server.doctor('--only', '1.1-processors')).toMatchObject({ code: 0 });
    await server.spoil('proc/cpuinfo', () => 'processor : 0\n');
    expect(await server.doctor('--only', '1.1-processors')).toMatchObject({ code: 1 });
  });

  it('can stand for what a machine cannot tell now, such as vulnerabilities while the registry is out of reach', async () => {
    await server.spoil('fake/npm', () => '{"message":"no such host"}');
    expect((await report('--only', '14-audit')).checks[0]).toMatchObject({ status: 'unknown' });
    await server.doctor('--confirm', '14-audit', '--by', 'Amina');
    expect(await server.doctor('--only', '14-audit')).toMatchObject({ code: 0 });
  });
});

describe('what cannot be otherwise', () => {
  const expectations = async (text: string) => {
    const file = server.path('expected');
    await writeFile(file, text);
    return server.doctor('--expect', file, '--only', '1.1');
  };

  it('is no failure when it is named, and one when it is not, or not any more', async () => {
    await server.spoil('proc/cpuinfo', () => 'processor : 0\n');
    const named = `# a test\n1.1-processors ✗ one is enough here\n${QUESTION} ? nobody to ask\n`;
    expect(await expectations(named)).toMatchObject({ code: 0, stderr: '' });
    const less = await expectations(`${QUESTION} ? nobody to ask\n`);
    expect(less).toMatchObject({ code: 1, stderr: 'doctor: 1.1-processors is bad, not ok: 1 vCPU, wanted: 4\n' });
    await server.mend();
    const more = await expectations(named);
    expect(more).toMatchObject({ code: 1, stderr: 'doctor: 1.1-processors is ok, not bad: 4 vCPU\n' });
  });

  it('must be a check, with a mark and a reason', async () => {
    expect(await expectations('1.1-nothing ✗ why\n')).toMatchObject({ code: 2 });
    expect(await expectations('1.1-processors bad\n')).toMatchObject({ code: 2 });
  });
});

describe('infra/parts/relay/token', () => {
  it('makes a token that the relay of this server takes', async () => {
    const { code, stdout, stderr } = await server.on(join(INFRA, 'parts/relay/token'), '--role', 'admin');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const asked = ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', 'http://127.0.0.1:3000/status'];
    expect((await server.on(...asked, '-H', `Authorization: Bearer ${stdout.trim()}`)).stdout).toBe('200');
    expect((await server.on(...asked, '-H', 'Authorization: Bearer no-token')).stdout).toBe('401');
  });
});

describe('the command', () => {
  it('takes a section, a part of one, or one check', async () => {
    const sections = async (selection: string) =>
      new Set((await report('--only', selection)).checks.map(({ section }) => section));
    expect(await sections('1')).toEqual(new Set(['1.1', '1.2', '1.3']));
    expect(await sections('4.2')).toEqual(new Set(['4.2']));
    expect((await report('--only', '15.2-security')).checks.map(({ id }) => id)).toEqual(['15.2-security']);
  });

  it.each([['--nonsense'], ['--only', '99'], ['--confirm', QUESTION], ['--confirm', 'no-check', '--by', 'A']])(
    'refuses %j %j',
    async (...args) => {
      const { code, stdout, stderr } = await server.doctor(...args);
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^doctor: /);
    },
  );

  it('does not judge a machine by the hour in which it was made', async () => {
    await server.spoil('proc/stat', () => 'cpu  9000 0 500 500 0 0 50 0 0 0\n');
    await server.spoil('proc/uptime', () => '720.00 2000.00\n');
    const [check] = (await report('--only', '1.1-headroom')).checks;
    await server.mend();
    const seen = 'memory 20 %, disk 21 %; up for 12 minutes: ask again after an hour';
    expect(check).toMatchObject({ status: 'unknown', seen });
  });

  it('says at the end once more what is to be mended, and from where', async () => {
    await server.spoil('proc/cpuinfo', () => 'processor : 0\n');
    const { stdout } = await server.doctor('--only', '1.1');
    await server.mend();
    const [, end] = stdout.split('\nTo mend, in this order:\n');
    expect(end).toMatch(
      /^ {2}✗ 4 vCPU, or fewer and .*\n {6}have the provider resize the VM\n\nCommands and pages as seen from \/\S+\n\n\d+ ✓/,
    );
  });

  it('explains itself, and lists its checks', async () => {
    expect((await server.doctor('--help')).stdout).toContain('--expect FILE');
    const { stdout } = await server.doctor('--list');
    expect(stdout).toMatch(/^4\.2-redirect {2}HTTP is sent on to HTTPS$/m);
  });

  it('says what needs root, and looks at the rest', async () => {
    const { code, stdout } = await server.doctorAsNobody('--json');
    const { checks } = JSON.parse(stdout) as Report;
    const about = (wanted: string) => checks.find(({ id }) => id === wanted);
    const needsRoot = { status: 'unknown', mend: 'sudo infra/doctor' };
    for (const id of ['0-files', '2.2-rules', '5.3-ways', '14-ssh-root', '14-fail2ban'])
      expect(about(id)).toMatchObject({ ...needsRoot, seen: 'needs root' });
    expect(about('0-answers')).toMatchObject(needsRoot);
    expect(about('1.3-packages')).toMatchObject({ status: 'ok' });
    // Without the answers it does not know that this server is a folder, and looks at the machine around it.
    expect([1, 3]).toContain(code);
  });

  it('finds everything wrong, and stays calm, where there is no server at all', async () => {
    const empty = server.path('empty');
    await mkdir(empty);
    const { code, stdout, stderr } = await run(join(INFRA, 'doctor'), ['--json'], {
      AZAAN_ANSWERS: join(empty, 'azaan.env'),
    });
    expect(stderr).toBe('');
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as Report).checks[0]).toMatchObject({ id: '0-answers', status: 'bad' });
  });
});
