import { describe, expect, it } from 'vitest';
import { readInteropOptions } from './interop-options.js';

const names = (...args: string[]) => readInteropOptions(args)?.clients.map(({ name }) => name);

describe('readInteropOptions', () => {
  it('tries every client for 40 seconds, one after the other, unless told otherwise', () => {
    expect(readInteropOptions([])).toMatchObject({ seconds: 40, atOnce: 1, ipv6: false, installedOnly: false });
    expect(names()).toEqual([
      'chromium',
      'firefox',
      'libwebrtc',
      'libdatachannel',
      'werift',
      'aiortc',
      'gstreamer',
      'pion',
    ]);
  });

  it('tries those that are named, in that order', () => {
    expect(names('--only', 'pion,chromium')).toEqual(['pion', 'chromium']);
  });

  it.each([
    [['--only', 'netscape'], /no client netscape, only chromium/],
    [['--only', ''], /no client/],
    [['--seconds', '0'], /--seconds must be a whole number/],
    [['--at-once', '9'], /--at-once must be a whole number/],
  ])('refuses %j', (args, message) => {
    expect(() => readInteropOptions(args)).toThrow(message);
  });

  it('answers a call for help with nothing else', () => {
    expect(readInteropOptions(['--help', '--seconds', 'x'])).toBeUndefined();
  });
});
