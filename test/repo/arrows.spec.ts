import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cruise, type ICruiseOptions, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const CONFIGURATIONS = ['.dependency-cruiser.cjs', '.dependency-cruiser.folders.cjs'];
const require = createRequire(import.meta.url);
const rules = CONFIGURATIONS.map((name) => require(join(ROOT, name)) as Rules);

interface Rules {
  readonly forbidden: IForbiddenRuleType[];
  readonly options: ICruiseOptions;
}

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arrows-'));
  for (const name of ['node_modules', 'package.json']) await symlink(join(ROOT, name), join(folder, name));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** File by file, each with what it imports. */
type Tree = Record<string, string[]>;

/** No file needs one that needs it. */
const FOLDER_CIRCLE: Tree = {
  'src/auth/guard.ts': ['../limits/key.js'],
  'src/auth/actor.ts': [],
  'src/limits/ban.ts': ['../auth/actor.js'],
  'src/limits/key.ts': [],
};

const VIOLATIONS: [rule: string, tree: Tree][] = [
  ['no-cycles', { 'src/a.ts': ['./b.js'], 'src/b.ts': ['./a.js'] }],
  ['no-orphans', { 'src/alone.ts': [] }],
  ['resolvable', { 'src/a.ts': ['./missing.js'] }],
  ['no-dev-dependencies-in-the-server', { 'src/a.ts': ['vitest'] }],
  ['nothing-imports-specs', { 'src/a.ts': ['./b.spec.js'], 'src/b.spec.ts': [] }],
  ['the-server-does-not-know-its-tests', { 'src/a.ts': ['../test/b.js'], 'test/b.ts': [] }],
  ['errors-know-nothing', { 'src/errors/a.ts': ['../config/b.js'], 'src/config/b.ts': [] }],
  ['config-knows-only-errors', { 'src/config/a.ts': ['../relay/b.js'], 'src/relay/b.ts': [] }],
  ['relay-knows-only-config-and-errors', { 'src/relay/a.ts': ['../broadcast/b.js'], 'src/broadcast/b.ts': [] }],
  ['peer-kit-is-for-peers', { 'src/peer-kit/a.ts': ['../relay/b.js'], 'src/relay/b.ts': [] }],
  ['only-commands-are-peers', { 'src/relay/a.ts': ['../peer-kit/b.js'], 'src/peer-kit/b.ts': [] }],
  ['relay-knows-no-http', { 'src/relay/a.ts': ['../errors/b.js'], 'src/errors/b.ts': ['@nestjs/platform-express'] }],
  ['broadcast-and-consumer-never-meet', { 'src/broadcast/a.ts': ['../consumer/b.js'], 'src/consumer/b.ts': [] }],
  ['broadcast-and-consumer-never-meet', { 'src/consumer/a.ts': ['../broadcast/b.js'], 'src/broadcast/b.ts': [] }],
  ['auth-never-asks-the-relay', { 'src/auth/a.ts': ['../relay/b.js'], 'src/relay/b.ts': [] }],
  ['only-main-composes', { 'src/status/a.ts': ['../app.module.js'], 'src/app.module.ts': [] }],
  ['media-worker-knows-no-control', { 'src/relay/media/a.ts': ['../b.js'], 'src/relay/b.ts': [] }],
  [
    'media-worker-runs-without-nest',
    { 'src/relay/media/a.ts': ['./b.js'], 'src/relay/media/b.ts': ['@nestjs/common'] },
  ],
  ['only-native-calls-c', { 'src/relay/media/a.ts': ['koffi'] }],
  [
    'layers-of-the-engine-point-down',
    { 'src/relay/media/engine/ice/a.ts': ['../dtls/b.js'], 'src/relay/media/engine/dtls/b.ts': [] },
  ],
  [
    'layers-of-the-engine-point-down',
    { 'src/relay/media/engine/dtls/a.ts': ['../media-engine.js'], 'src/relay/media/engine/media-engine.ts': [] },
  ],
  [
    'native-and-udp-know-nothing-above',
    { 'src/relay/media/engine/udp/a.ts': ['../ice/b.js'], 'src/relay/media/engine/ice/b.ts': [] },
  ],
  ['sdp-is-pure', { 'src/relay/sdp/a.ts': ['node-datachannel'] }],
  ['the-server-process-loads-no-native-media', { 'src/main.ts': ['./b.js'], 'src/b.ts': ['koffi'] }],
  ['the-server-process-loads-no-native-media', { 'src/main.ts': ['./b.js'], 'src/b.ts': ['node-datachannel'] }],
  ['no-folder-circles', FOLDER_CIRCLE],
  ['an-inner-folder-does-not-know-the-outer-one', { 'src/a/b/c.ts': ['../d.js'], 'src/a/d.ts': [] }],
  ['relay-starts-media-by-its-path', { 'src/relay/a.ts': ['./media/b.js'], 'src/relay/media/b.ts': [] }],
];

it.each(VIOLATIONS)('%s bites', async (rule, tree) => {
  expect(await brokenRules(tree)).toContain(rule);
});

it('every rule has a tree that breaks it', () => {
  expect(new Set(VIOLATIONS.map(([rule]) => rule))).toEqual(
    new Set(rules.flatMap(({ forbidden }) => forbidden.map(({ name }) => name))),
  );
});

describe('npm run arrows', () => {
  const arrows = () => promisify(execFile)('npm', ['run', '--silent', 'arrows'], { cwd: folder });

  beforeEach(async () => {
    for (const name of [...CONFIGURATIONS, 'tsconfig.json']) await symlink(join(ROOT, name), join(folder, name));
    await plant({
      'test/a.ts': ['./b.js'],
      'test/b.ts': [],
      'bench/a.ts': ['../test/a.js'],
      'public/a.js': ['./b.js'],
    });
    await plant({ 'public/b.js': [] });
  });

  it('fails on a circle between folders, though no file is in one', async () => {
    await plant(FOLDER_CIRCLE);
    await expect(arrows()).rejects.toHaveProperty('stdout', expect.stringContaining('error no-folder-circles'));
  });

  it('is content when the circle is cut', async () => {
    await plant({ ...FOLDER_CIRCLE, 'src/limits/ban.ts': ['./key.js'], 'src/auth/actor.ts': ['./guard.js'] });
    expect((await arrows()).stdout).toContain('no dependency violations found');
  });
});

async function plant(tree: Tree): Promise<void> {
  for (const [path, imports] of Object.entries(tree)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    const lines = imports.map((name, index) => `import * as m${index} from '${name}';`);
    const uses = imports.map((_, index) => `m${index}`).join(', ');
    await writeFile(join(folder, path), [...lines, `export const uses = [${uses}];`, ''].join('\n'));
  }
}

async function brokenRules(tree: Tree): Promise<string[]> {
  await plant(tree);
  const results = await Promise.all(
    rules.map(({ forbidden, options }) =>
      cruise(['src'], { ...options, baseDir: folder, validate: true, ruleSet: { forbidden } }),
    ),
  );
  const violations = results.flatMap(({ output }) => (output as ICruiseResult).summary.violations);
  return [...new Set(violations.map(({ rule }) => rule.name))];
}
