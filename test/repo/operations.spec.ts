import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MEDIA_PORTS } from '../../src/config/media-ports.js';
import { SOCKET_BUFFER_BYTES } from '../../src/relay/media/engine/udp/local-socket.js';
import { anchorsOf } from '../support/markdown.js';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'docs/operations');
const PAGES = [join(ROOT, 'README.md'), ...readdirSync(FOLDER).map((file) => join(FOLDER, file))].filter((page) =>
  page.endsWith('.md'),
);

const RUNBOOKS = join(ROOT, 'docs/runbooks');
const COMMAND_PAGES = [...PAGES, ...readdirSync(RUNBOOKS).map((file) => join(RUNBOOKS, file))];

/** A program with what it hands its options to. */
function sourceOf(path: string): string {
  const parts = [path, ...(PARTS.get(path) ?? [])].filter((part) => statSync(join(ROOT, part)).isFile());
  return parts.map((part) => readFileSync(join(ROOT, part), 'utf8')).join('\n');
}
const PARTS = new Map([
  ['infra/doctor', ['infra/lib/doctor/main.mjs']],
  ['infra/parts/relay/token', ['src/cli/token.ts']],
]);

it.each(COMMAND_PAGES)('the links of %s lead somewhere, to the very heading', (page) => {
  for (const [, path = '', anchor] of readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
    const target = path === '' ? page : join(dirname(page), path);
    expect(existsSync(target), path).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(target), `${path}#${anchor}`).toContain(anchor);
  }
});

it.each(PAGES)('the programs of infra/ that %s calls are there, and know their options', (page) => {
  for (const [, path, rest] of readFileSync(page, 'utf8').matchAll(/(?<![\w/])(infra\/[\w./-]*\w)([^`|&;\n]*)/g)) {
    expect(existsSync(join(ROOT, path!)), path).toBe(true);
    for (const [option] of rest!.matchAll(/--[a-z][\w-]+/g))
      expect(sourceOf(path!), `${path} ${option}`).toContain(option.slice(2));
  }
});

it.each(COMMAND_PAGES)('%s hands no token to a program as an argument, which everyone may read', (page) => {
  expect(readFileSync(page, 'utf8')).not.toMatch(/(?<!<<<)"Authorization: Bearer \$/);
});

it.each(COMMAND_PAGES)('%s asks the PM2 of the relay, and starts none for somebody else', (page) => {
  const text = readFileSync(page, 'utf8');
  expect(text).not.toMatch(/(?<!\/pm2\/)\bpm2 (?:list|describe|restart|reload|stop|delete|flush|sendSignal|logs)\b/);
  expect(text).not.toContain('sudo -u fillmasjid pm2');
});

describe('the way to go live', () => {
  const text = readFileSync(join(FOLDER, 'go-live.md'), 'utf8');

  it('quotes what init.sh says, and parts that it has', () => {
    const table = text.slice(text.indexOf('| it says '), text.indexOf('Now, in a **new** window'));
    const sources = ['infra/lib/init/preflight.sh', 'infra/parts/ssh/check-access'].map((path) =>
      readFileSync(join(ROOT, path), 'utf8'),
    );
    // What an empty variable stands for is what is said then.
    const said = sources.join('\n').replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
    const quotes = [...table.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, quote]) => quote!);
    expect(quotes.length).toBeGreaterThan(4);
    // Values that stand for others.
    for (const quote of quotes) {
      const pattern = quote
        .split(/…|\b80\b|apache2|127\.0\.1\.1|\bsudo\b/)
        .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('.+');
      expect(said, quote).toMatch(new RegExp(pattern));
    }
    const parts = execFileSync(join(ROOT, 'infra/init.sh'), ['--list'], { encoding: 'utf8' });
    const named = [...table.matchAll(/^\| part `(\w+)`/gm)].map(([, part]) => part!);
    expect(named.length).toBeGreaterThan(1);
    for (const part of named) expect(parts).toMatch(new RegExp(`^${part} `, 'm'));
  });

  it("opens at the provider's firewall what the machine's own lets in", () => {
    const table = text.slice(text.indexOf('## 3'), text.indexOf('## 4'));
    const rows = [...table.matchAll(/^\| (your addresses|anywhere)[^|]*\| (TCP|UDP) +\| ([\d–]+) +\|/gm)];
    const wanted = rows.map(([, from, protocol, ports]) => {
      const port = ports!.replace('–', ':');
      return from === 'anywhere'
        ? `${port}/${protocol!.toLowerCase()}`
        : `port ${port} proto ${protocol!.toLowerCase()}`;
    });
    const own = readFileSync(join(ROOT, 'infra/parts/firewall/apply'), 'utf8').matchAll(
      /echo ["']ufw allow (?:from \$\{network%\/32\} to any (port \d+ proto \w+)|((?!22\/)[\d:]+\/\w+))["']/g,
    );
    expect(wanted.sort()).toEqual([...own].map(([, ssh, open]) => ssh ?? open!).sort());
    expect(wanted).toHaveLength(6);
  });

  it('shows checks of the doctor that there are', async () => {
    const { CHECKS } = (await import(join(ROOT, 'infra/lib/doctor/checks.mjs'))) as {
      CHECKS: readonly { readonly id: string; readonly mend: string }[];
    };
    const shown = [...text.matchAll(/^ {6}(\S+) · (.*)$/gm)];
    expect(shown).not.toEqual([]);
    for (const [, id, mend] of shown) expect(CHECKS.find((check) => check.id === id)?.mend, id).toBe(mend);
  });

  it('names answers that there are', () => {
    const example = readFileSync(join(ROOT, 'infra/azaan.env.example'), 'utf8');
    const table = text.slice(text.indexOf('## 6'), text.indexOf('## 7'));
    const names = [...table.matchAll(/^\| (`[^|]+)\|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`([A-Z_…]+)`/g)].map(([, name]) => name!),
    );
    expect(names.length).toBeGreaterThan(8);
    for (const name of names) expect(example, name).toMatch(new RegExp(`^${name.replace('…', '\\w+')}=`, 'm'));
  });
});

it('the kernel grants the buffers that media workers ask for', () => {
  const text = readFileSync(join(ROOT, 'infra/parts/kernel/files/etc/sysctl.d/60-azaan.conf.tmpl'), 'utf8');
  for (const name of ['rmem_max', 'wmem_max']) {
    const granted = new RegExp(`^net[.]core[.]${name} = (\\d+)$`, 'm').exec(text)?.[1];
    expect(Number(granted), name).toBeGreaterThanOrEqual(SOCKET_BUFFER_BYTES);
  }
});

it('the firewall opens the media ports that the relay shares out', async () => {
  const answers = (await import(join(ROOT, 'infra/render/answers.mjs'))) as { readonly MEDIA_PORTS: number };
  expect(answers.MEDIA_PORTS).toBe(MEDIA_PORTS);
});
