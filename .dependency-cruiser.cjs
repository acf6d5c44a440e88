/**
 * The arrows of the architecture, as rules: features → relay → config and errors. Specs may reach further than the
 * code that they test.
 */
const RULES = [
  {
    name: 'no-cycles',
    comment: 'Two files that need each other are one file, or hide a third.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-orphans',
    comment: 'A file that imports nothing and that nothing imports is dead.',
    // A page names its scripts by their path, and so do tests.
    from: {
      orphan: true,
      pathNot: ['[.]d[.]ts$', '[.]spec[.]ts$', '^public/pages/[^/]+[.]js$', '^test/(browser|system)/.+[.]js$'],
    },
    to: {},
  },
  {
    name: 'resolvable',
    comment: 'An import that leads nowhere.',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-dev-dependencies-in-the-server',
    comment: 'What runs in production is installed in production.',
    from: { path: '^src/', pathNot: '[.]spec[.]ts$' },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'nothing-imports-specs',
    comment: 'What several specs share belongs in test/support, or in a file of its own.',
    from: {},
    to: { path: '[.](spec|e2e|browser)[.]ts$' },
  },
  {
    name: 'the-server-does-not-know-its-tests',
    from: { path: '^src/', pathNot: '[.]spec[.]ts$' },
    to: { path: '^(test|bench)/' },
  },
  {
    name: 'errors-know-nothing',
    comment: 'Everything may refuse; so errors/ imports nothing of ours.',
    from: { path: '^src/errors/', pathNot: '[.]spec[.]ts$' },
    to: { path: '^src/', pathNot: '^src/errors/' },
  },
  {
    name: 'config-knows-only-errors',
    from: { path: '^src/config/', pathNot: '[.]spec[.]ts$' },
    to: { path: '^src/', pathNot: '^src/(config|errors)/' },
  },
  {
    name: 'relay-knows-only-config-and-errors',
    comment:
      'broadcast, consumer, status, health, metrics, cli → relay → config, errors. What processes have in common is in process/.',
    from: { path: '^src/relay/', pathNot: '[.]spec[.]ts$' },
    to: {
      path: '^src/',
      pathNot: '^src/((relay|config|errors)/|process/(awake-clock|crowd-memory|load-meter|turn-batch|turn-gate)[.]ts$)',
    },
  },
  {
    name: 'peer-kit-is-for-peers',
    comment: 'Commands, benchmark and tests are peers of the relay; of the server they share how RTP is read.',
    from: { path: '^src/peer-kit/', pathNot: '[.]spec[.]ts$' },
    to: { path: '^src/', pathNot: '^src/(peer-kit|relay/media/rtp)/' },
  },
  {
    name: 'only-commands-are-peers',
    from: { path: '^src/', pathNot: '^src/(cli|peer-kit)/|[.]spec[.]ts$' },
    to: { path: '^src/peer-kit/' },
  },
  {
    name: 'relay-knows-no-http',
    comment: 'Only the filter and the controllers know what a status code is.',
    from: { path: '^src/relay/', pathNot: '[.]spec[.]ts$' },
    to: { path: '(^|/)node_modules/(@nestjs/(platform-express|swagger|serve-static)|express)/', reachable: true },
  },
  {
    name: 'broadcast-and-consumer-never-meet',
    from: { path: '^src/(broadcast|consumer)/' },
    to: { path: '^src/(broadcast|consumer)/', pathNot: '^src/$1/' },
  },
  {
    name: 'auth-never-asks-the-relay',
    comment: 'A refusal must tell nothing about which broadcasts exist.',
    from: { path: '^src/auth/', pathNot: '[.]spec[.]ts$' },
    to: { path: '^src/relay/', pathNot: '^src/relay/relay[.]types[.]ts$' },
  },
  {
    name: 'only-main-composes',
    comment: 'A feature that imports the application cannot be moved or tested alone.',
    from: { path: '^src/', pathNot: '(^src/main[.]ts|[.]spec[.]ts)$' },
    to: { path: '^src/(main|app[.]module)[.]ts$' },
  },
  {
    name: 'media-worker-knows-no-control',
    comment: 'A media worker is a process today and may be another machine tomorrow: it shares only the protocol.',
    from: { path: '^src/relay/media/', pathNot: '[.]spec[.]ts$' },
    to: { path: '^src/relay/', pathNot: '^src/relay/(media/|sdp/|media-protocol[.]ts$)' },
  },
  {
    name: 'media-worker-runs-without-nest',
    comment: 'The framework would cost a worker its memory and its start time.',
    from: { path: '^src/relay/media/', pathNot: '[.]spec[.]ts$' },
    to: { path: '(^|/)node_modules/@nestjs/', reachable: true },
  },
  {
    name: 'sdp-is-pure',
    comment: 'Both sides of the protocol read SDP, so it belongs to neither.',
    from: { path: '^src/relay/sdp/', pathNot: '[.]spec[.]ts$' },
    to: { pathNot: ['^src/relay/sdp/', '^src/(config|errors)/', '^node:'], dependencyTypesNot: ['core'] },
  },
  {
    name: 'only-native-calls-c',
    comment: 'Whoever reads what the internet sends does so in memory-safe code.',
    from: { path: '^src/', pathNot: '^src/relay/media/engine/native/' },
    to: { path: '(^|/)node_modules/koffi/' },
  },
  {
    name: 'layers-of-the-engine-point-down',
    comment: 'engine → dtls, srtp, ice → udp → native; those three do not know each other.',
    from: { path: '^src/relay/media/engine/(native|udp|ice|dtls|srtp)/', pathNot: '[.]spec[.]ts$' },
    to: {
      path: '^src/relay/media/(engine/|[^/]+$)',
      pathNot: '^src/relay/media/engine/($1|native)/|^src/relay/media/engine/udp/',
    },
  },
  {
    name: 'native-and-udp-know-nothing-above',
    from: { path: '^src/relay/media/engine/(native|udp)/', pathNot: '[.]spec[.]ts$' },
    to: { path: '^src/', pathNot: '^src/relay/media/engine/($1|native)/' },
  },
  {
    name: 'the-server-process-loads-no-native-media',
    comment: 'A crash of native code must cost one worker, never the server.',
    from: { path: '^src/main[.]ts$' },
    to: { path: '(^|/)node_modules/(koffi|node-datachannel)/', reachable: true },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: RULES.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: 'node_modules' },
    // An import of a type alone is an arrow too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
