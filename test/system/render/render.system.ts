import { globSync } from 'node:fs';
import { appendFile, chmod, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ARCHIVE, CHANNELS } from '../support/answers.js';
import { answersWith, INFRA, Machine, render, run } from '../support/machine.js';
import { DOMAIN } from '../support/nginx.js';

/** Of every file, the lines that its template does not have (+), and those without a variable that are left out (-). */
const GOLDEN = join(import.meta.dirname, 'filled-in.diff');
const RECORD = 'var/lib/azaan/init/files';
const SECRETS = {
  TURN_SECRETS: 'new-secret-0123456789-0123456789-01,old-secret-0123456789-0123456789-01',
  JWT_KEYS: 'k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=',
};

let folder: string;
let answers: string;
let out: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'azaan-render-'));
  answers = join(folder, 'azaan.env');
  out = join(folder, 'out');
  await answer();
});
afterEach(() => rm(folder, { recursive: true }));

const answer = async (changes: Readonly<Record<string, string>> = {}) =>
  writeFile(answers, await answersWith({ ...SECRETS, ...CHANNELS, ...ARCHIVE, ...changes }));
const renderHere = (...args: string[]) => render('--answers', answers, '--out', out, ...args);

async function filesBelow(path: string): Promise<Record<string, string>> {
  const entries = (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(
    await Promise.all(paths.map(async (each) => [relative(path, each), await readFile(each, 'utf8')] as const)),
  );
}

async function differenceToTemplate(file: string): Promise<string> {
  const [template = 'no template', ...others] = globSync(`parts/*/files/${file}.tmpl`, { cwd: INFRA });
  expect(others, file).toEqual([]);
  // Where it is no folder for tests, ROOT is empty.
  const script = 'sed "s/{{ROOT}}//g" "$1" | diff --unified=0 - "$2"';
  const { stdout } = await run('sh', ['-c', script, 'sh', join(INFRA, template), join(out, file)]);
  // Without the two names, and without where the lines stand.
  const lines = stdout
    .split('\n')
    .slice(2)
    .filter((line) => !/^@@|^-.*\{\{/.test(line));
  return `=== ${file}\n${lines.join('\n')}`;
}

describe('the rendered files', () => {
  it('differ from their templates as it was looked through', async () => {
    expect(await renderHere()).toMatchObject({ code: 0, stderr: '' });
    const { [RECORD]: record = '', ...files } = await filesBelow(out);
    expect(record.trim().split('\n')).toEqual(Object.keys(files));
    const differences = await Promise.all(Object.keys(files).map(differenceToTemplate));
    // A change that is meant: UPDATE_GOLDEN=1, and read the difference.
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(GOLDEN, differences.join(''));
    expect(differences.join('')).toBe(await readFile(GOLDEN, 'utf8'));
  });

  it('are kept from other users where secrets are in them, however wide they were', async () => {
    await renderHere();
    const files = await filesBelow(out);
    const secret = Object.keys(files).filter((file) => /-secret-|k1:/.test(files[file]!));
    for (const file of secret) {
      expect((await stat(join(out, file))).mode & 0o007, file).toBe(0);
      await chmod(join(out, file), 0o666);
    }
    await renderHere();
    for (const file of secret) expect((await stat(join(out, file))).mode & 0o007, file).toBe(0);
  });

  it('show no secret to somebody who opened the file of a package while everybody might', async () => {
    const file = join(out, 'etc/prometheus/alertmanager.yml');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, 'of the package\n', { mode: 0o644 });
    await using opened = await open(file);
    await renderHere();
    expect(await readFile(file, 'utf8')).toContain('mail-secret-');
    expect(await opened.readFile('utf8')).toBe('of the package\n');
  });
});

describe('the renderer', () => {
  it('says which files it could not give to the daemon that reads them, where it is not root', async () => {
    const script = [process.execPath, join(INFRA, 'render/render.mjs'), '--answers', answers, '--out', out];
    // Somebody without a name, who has the same files.
    const { code, stdout } = await run('unshare', ['--user', ...script]);
    expect(code).toBe(0);
    const reason = 'not given to the group prometheus: that takes root';
    expect(stdout).toContain(`changed /etc/prometheus/alertmanager.yml\n  ${reason}\n`);
  });

  it('changes nothing with --check or the second time, and says by its exit code whether it would', async () => {
    const before = await renderHere('--check');
    expect(before).toMatchObject({ code: 3 });
    expect(before.stdout).toContain('would change /etc/nginx/nginx.conf');
    await expect(stat(out)).rejects.toThrow();
    expect((await renderHere()).stdout).toContain('changed /etc/nginx/nginx.conf');
    for (const args of [[], ['--check']]) expect(await renderHere(...args)).toMatchObject({ code: 0, stdout: '' });
  });

  it('removes what it made once and has no template for any more, and says so before', async () => {
    await renderHere();
    await appendFile(join(out, RECORD), 'etc/nginx/gone.conf\n');
    for (const name of ['gone', 'of-somebody-else']) await writeFile(join(out, `etc/nginx/${name}.conf`), '');
    const foretold = `would remove /etc/nginx/gone.conf\nwould change /${RECORD}\n`;
    expect(await renderHere('--check')).toMatchObject({ code: 3, stdout: foretold });
    expect((await renderHere()).stdout).toBe(`removed /etc/nginx/gone.conf\nchanged /${RECORD}\n`);
    expect(await readdir(join(out, 'etc/nginx'))).toContain('of-somebody-else.conf');
    expect(await readdir(join(out, 'etc/nginx'))).not.toContain('gone.conf');
    expect(await renderHere('--check')).toMatchObject({ code: 0, stdout: '' });
  });

  it('leaves to --callers what a release calls or reads, also of a server that has no record yet', async () => {
    const before = ['etc/azaan/gone.conf', 'etc/nginx/gone.conf'];
    for (const file of before) {
      const template = join(out, 'opt/azaan-relay/current/infra/templates', `${file}.tmpl`);
      for (const path of [template, join(out, file)]) {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, '');
      }
    }
    const first = (await renderHere('--no-callers')).stdout;
    expect(first).toContain('removed /etc/nginx/gone.conf\n');
    expect(first).not.toMatch(/\/etc\/azaan\/|azaan-textfile\.service/);
    const second = (await renderHere('--callers')).stdout;
    expect(second).toContain('removed /etc/azaan/gone.conf\n');
    expect(second).toContain('changed /etc/azaan/relay.env\n');
    expect(second).toContain('changed /etc/systemd/system/azaan-textfile.service\n');
    expect(await renderHere('--check')).toMatchObject({ code: 0, stdout: '' });
  });

  it('makes the secrets that are missing, once, in a file that only its owner reads', async () => {
    await answer({ TURN_SECRETS: '', JWT_KEYS: '' });
    await chmod(answers, 0o644);
    const foretold = await renderHere('--check');
    expect(foretold.code).toBe(3);
    expect(foretold.stdout).toMatch(
      /^would make TURN_SECRETS\nwould make JWT_KEYS\n[^]*would change \/etc\/azaan\/relay.env$/m,
    );
    expect(await readFile(answers, 'utf8')).toMatch(/^JWT_KEYS=$/m);
    const { stdout } = await renderHere();
    expect(stdout).toContain('made TURN_SECRETS\nmade JWT_KEYS\n');
    const text = await readFile(answers, 'utf8');
    expect(text).toMatch(/^TURN_SECRETS=[\w-]{43}$/m);
    expect(text).toMatch(/^JWT_KEYS=k1:[\w+/]{43}=$/m);
    expect(stdout).not.toContain(/^TURN_SECRETS=(.*)$/m.exec(text)![1]);
    expect((await stat(answers)).mode & 0o777).toBe(0o600);
    expect((await renderHere()).stdout).toBe('');
    expect(await readFile(answers, 'utf8')).toBe(text);
  });

  it('names everything that is wrong with the answers, and makes nothing', async () => {
    await answer({ DOMAIN: '', PUBLIC_IP: '300.1.2.3', ADMIN_CIDRS: '0.0.0.0/0', HSTS: 'maybe', EMAIL: 'x;y@a.b' });
    await appendFile(answers, 'DOMIAN=x\nTURN_URLS=turn:x\n');
    const { code, stderr } = await renderHere();
    expect(code).toBe(1);
    for (const reason of [
      ...['DOMAIN is missing', 'PUBLIC_IP must', 'ADMIN_CIDRS must', 'HSTS must', 'EMAIL must'],
      'DOMIAN is no variable of infra/azaan.env.example or .env.example',
      'TURN_URLS is set by infra/init.sh itself',
    ])
      expect(stderr).toContain(reason);
    await expect(stat(out)).rejects.toThrow();
  });

  it.each([
    ['production', 'https://acme-v02.api.letsencrypt.org/directory'],
    ['staging', 'https://acme-staging-v02.api.letsencrypt.org/directory'],
  ])('has certbot ask Let’s Encrypt for %s', async (ACME, directory) => {
    await answer({ ACME });
    await renderHere();
    expect(await readFile(join(out, 'etc/letsencrypt/cli.ini'), 'utf8')).toContain(`\nserver = ${directory}\n`);
  });

  it.each([
    ['fewer bytes than allocations need', { TURN_ALLOCATIONS: '2000' }, 'TURN_TOTAL_BPS must be 32000000 or more'],
    ['one name for the relay and TURN', { TURN_DOMAIN: DOMAIN }, 'TURN_DOMAIN must be another name than DOMAIN'],
    ['a value that would break out of its quotes', { SMTP_PASSWORD: "a'b" }, 'SMTP_PASSWORD must be without quotes'],
    ['a bot without its token', { TELEGRAM_CHAT_ID: '1' }, 'TELEGRAM_BOT_TOKEN is missing, which TELEGRAM_CHAT_ID'],
    ['mail without a server', { ALERT_EMAIL_TO: 'a@example.org' }, 'SMTP_SMARTHOST is missing'],
    ['an archive without a key', { ...ARCHIVE, LOG_ARCHIVE_KEY_ID: '' }, 'LOG_ARCHIVE_KEY_ID is missing, which LOG_'],
    ['no hour to reboot at', { REBOOT_AT: '25:00' }, 'REBOOT_AT must be an hour and a minute'],
  ])('refuses %s', async (_, answers, reason) => {
    await expect(Machine.make(answers)).rejects.toThrow(reason);
  });

  it('takes nothing from the example that makes a server this one', async () => {
    const text = (await readFile(answers, 'utf8')).replace(/^(?:EMAIL|ADMIN_CIDRS|HSTS)=.*\n/gm, '');
    await writeFile(answers, text);
    const { code, stderr } = await renderHere();
    expect(code).toBe(1);
    expect(stderr).toBe(`render: ${answers}: EMAIL is missing\n`);
  });

  it('shows one file, and makes nothing', async () => {
    await answer({ JWT_KEYS: '' });
    const { stdout } = await renderHere('--show', '/etc/azaan/relay.env');
    expect(stdout).toMatch(/^JWT_KEYS=k1:[\w+/]{43}=$/m);
    expect(await readFile(answers, 'utf8')).toMatch(/^JWT_KEYS=$/m);
    await expect(stat(out)).rejects.toThrow();
    const stderr = 'render: no template makes /etc/nothing\n';
    expect(await renderHere('--show', '/etc/nothing')).toMatchObject({ code: 1, stderr });
  });

  it('explains itself', async () => {
    const { code, stdout } = await render('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--answers FILE');
  });
});

describe("the relay's file", () => {
  const relayFile = async (changes: Readonly<Record<string, string>>) => {
    await answer(changes);
    return parseEnv((await renderHere('--show', '/etc/azaan/relay.env')).stdout);
  };

  it('has what the answers say to the relay, to the letter, for the relay to judge', async () => {
    const settings = {
      CORS_ORIGINS: 'app.example.org',
      JWT_ISSUER: 'https://issuer.example.org/#main',
      LOG_LEVEL: '"loud"',
      MEDIA_WORKERS: '4',
    };
    const file = await relayFile({ ...settings, MAX_LISTENERS: '', JWT_ISSUER: `'${settings.JWT_ISSUER}'` });
    // Of what is empty, and what is not there, the relay has the default.
    expect(file).toMatchObject({ ...settings, LOG_LEVEL: 'loud' });
    expect(file).not.toHaveProperty('MAX_LISTENERS');
    expect(file).not.toHaveProperty('TURN_TTL_SECONDS');
  });

  it('shows the API to nobody, unless the answers say so', async () => {
    expect(await relayFile({})).toMatchObject({ API_DOCS: 'false' });
    expect(await relayFile({ API_DOCS: '' })).toMatchObject({ API_DOCS: 'false' });
    expect(await relayFile({ API_DOCS: 'true' })).toMatchObject({ API_DOCS: 'true' });
  });
});

describe('the two readers of the answers', () => {
  /** For the renderer and the doctor, and for scripts. */
  const read = async (lines: string): Promise<readonly [string, string]> => {
    await writeFile(answers, `${await answersWith({ ...SECRETS, ...CHANNELS })}${lines}\n`);
    const script = `import { readAnswers } from ${JSON.stringify(join(INFRA, 'render/answers.mjs'))};
      process.stdout.write(readAnswers(...process.argv.slice(1)).get('SMTP_USERNAME'));`;
    const example = join(INFRA, 'azaan.env.example');
    const byNode = await run(process.execPath, ['--input-type=module', '-e', script, '--', answers, example]);
    const shell = ['--norc', '-euc', 'source "$1" && answer SMTP_USERNAME', 'bash', join(INFRA, 'lib/answers.sh')];
    const byShell = await run('bash', shell, { AZAAN_ANSWERS: answers });
    return [byNode.stdout + byNode.stderr, (byShell.stdout + byShell.stderr).replace(/\n$/, '')];
  };

  it.each([
    ['SMTP_USERNAME=a b', 'a b'],
    ['SMTP_USERNAME="a b"', 'a b'],
    ["SMTP_USERNAME='a b' # office", 'a b'],
    ['SMTP_USERNAME=a b # office', 'a b'],
    ['SMTP_USERNAME=a#b', 'a'],
    ['SMTP_USERNAME="a # b" # office', 'a # b'],
    ['SMTP_USERNAME=" a "', 'a'],
    [' export SMTP_USERNAME = a\t', 'a'],
    ['SMTP_USERNAME=a\r', 'a'],
    ['SMTP_USERNAME=a=b', 'a=b'],
    ['SMTP_USERNAME=one\nSMTP_USERNAME=two', 'two'],
    ['SMTP_USERNAME=one\n#SMTP_USERNAME=two', 'one'],
    ['SMTP_USERNAME= # nobody', ''],
  ])('take %j for the same', async (lines, value) => {
    expect(await read(lines)).toEqual([value, value]);
  });
});

describe('a template', () => {
  const fill = async (template: string, values: Record<string, unknown>) => {
    const script = `import { fillIn } from ${JSON.stringify(join(INFRA, 'render/template.mjs'))};
      const values = new Map(Object.entries(JSON.parse(process.argv[2])));
      process.stdout.write(fillIn(process.argv[1], values, 'some.conf').text);`;
    const args = ['--input-type=module', '-e', script, '--', template, JSON.stringify(values)];
    const { code, stdout, stderr } = await run(process.execPath, args);
    return code === 0 ? stdout : (/Error: (.*)/.exec(stderr)?.[1] ?? stderr);
  };

  it('takes values, repeats lines for lists, and drops lines of what is off', async () => {
    expect(await fill('a {{A}} $b {c}', { A: 'x' })).toBe('a x $b {c}');
    expect(await fill('{{#L}}\nallow {{item}} {{A}};\n{{/L}}\nend', { L: ['1', '2'], A: 'x' })).toBe(
      'allow 1 x;\nallow 2 x;\nend',
    );
    expect(await fill('{{#B}}\non\n{{/B}}\nend', { B: false })).toBe('end');
    expect(await fill('{{#B}}\non\n{{/B}}\nend', { B: true })).toBe('on\nend');
    expect(await fill('{{#A}}\n{{item}}\n{{/A}}\n{{#E}}\n{{E}}\n{{/E}}\nend', { A: 'x', E: '' })).toBe('x\nend');
  });

  it('leaves to Prometheus and Alertmanager what is theirs', async () => {
    const theirs = '{{ $labels.job }} {{ template "azaan.text" . }}{{ if eq .Status "resolved" }}over{{ end }}';
    expect(await fill(theirs, {})).toBe(theirs);
  });

  it.each([
    ['a\n{{NAME}}', 'some.conf:2: unknown variable NAME'],
    ['{{ A }}', 'some.conf:1: unknown variable  A '],
    ['{{#B}}\n{{NAME}}\n{{/B}}', 'some.conf:2: unknown variable NAME'],
    ['{{L}}', 'some.conf:1: L is not a text: loop over it'],
    ['{{item}}', 'some.conf:1: {{item}} outside of a loop'],
    ['{{#L}}\nx', 'some.conf:1: {{#L}} is never closed'],
    ['{{/L}}', 'some.conf:1: {{/L}} closes nothing'],
    ['{{#L}}\n{{#L}}', 'some.conf:2: {{#L}} within {{#L}}'],
  ])('refuses %j', async (template, reason) => {
    expect(await fill(template, { A: 'x', B: false, L: ['1'] })).toBe(reason);
  });
});
