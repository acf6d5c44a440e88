/**
 * The arrows between folders. Specs are left out: they may reach further than the code that they test, and so would
 * close circles that the code does not have.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
module.exports = {
  forbidden: [
    {
      name: 'no-folder-circles',
      comment: 'Two folders that need each other are one folder, or hide a third.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    // A folder counts as all that is in it, so that the rule above sees no circle between a folder and one within it.
    {
      name: 'an-inner-folder-does-not-know-the-outer-one',
      comment: 'The outer one uses it. The protocol of media workers belongs to both of its sides.',
      severity: 'error',
      from: { path: '^(src|src/.+)/[^/]+/[^/]+$' },
      to: { path: '^$1/[^/]+$', pathNot: '^src/relay/media-protocol[.]ts$' },
    },
    {
      name: 'relay-starts-media-by-its-path',
      comment: 'What of media/ speaks the protocol of the folder around it must not be known there.',
      severity: 'error',
      from: { path: '^src/relay/[^/]+$' },
      to: { path: '^src/relay/media/' },
    },
  ],
  options: { ...require('./.dependency-cruiser.cjs').options, exclude: { path: '[.]spec[.]ts$' } },
};
