import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Check {
  readonly id: string;
  readonly title: string;
  readonly mend: string;
}

const ROOT = join(import.meta.dirname, '../..');
const { CHECKS, SECTIONS } = (await import(join(ROOT, 'infra/lib/doctor/checks.mjs'))) as {
  CHECKS: readonly Check[];
  SECTIONS: ReadonlyMap<string, string>;
};
const PARTS = new Set(execFileSync(join(ROOT, 'infra/init.sh'), ['--list'], { encoding: 'utf8' }).match(/^\w+/gm));

/** Parts that read what the answers are rendered to by part base: alone, they put back nothing that was changed. */
const READ_FILES = [...PARTS].filter((part) =>
  /(?:\/etc\/(?:nginx|ssh|fail2ban|prometheus|letsencrypt|sysctl|turnserver|systemd|default)|^SYSCTL)/m.test(
    readFileSync(join(ROOT, `infra/parts/${part}/ensure.sh`), 'utf8'),
  ),
);
/** Not run on the server, or not run. */
const ELSEWHERE = new Set(['infra/parts/turn/check.mjs', 'infra/azaan.env.example']);

describe('what the doctor says to do', () => {
  it.each(CHECKS)('is there: $id', ({ id, title, mend }) => {
    expect(SECTIONS.has(id.split('-')[0]!)).toBe(true);
    expect(title).not.toBe('');
    for (const [path] of mend.matchAll(/\b(?:infra|docs|tools)\/[\w./-]*[\w-]/g))
      expect(existsSync(join(ROOT, path)), path).toBe(true);
    // Root's, all but what runs elsewhere.
    for (const [, before, path] of mend.matchAll(/(?:^|[;,] )(.*?)(infra\/[\w./-]*)/g))
      if (!ELSEWHERE.has(path!)) expect(before, path).toMatch(/sudo $/);
    const shell = mend.split('; ').filter((part) => /^(sudo|systemctl) /.test(part) && !part.includes(', '));
    expect(() => execFileSync('bash', ['-n'], { input: shell.join('\n') })).not.toThrow();
    for (const [, part] of mend.matchAll(/--only (\w+)/g)) {
      const known = mend.includes('infra/init.sh') ? PARTS.has(part!) : SECTIONS.has(part!);
      expect(known, part).toBe(true);
      expect(READ_FILES, `${part} does not render the files that it reads`).not.toContain(part);
    }
  });
});
