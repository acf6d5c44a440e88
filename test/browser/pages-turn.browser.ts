import type { Socket } from 'node:dgram';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BrowserScene } from '../support/browser-scene.js';
import { spied } from '../support/browser.js';
import { openUdp } from '../support/loopback.js';
import { untilHeard, untilState } from '../support/pages.js';
import { ToneBroadcaster } from '../support/tone-broadcaster.js';

/** The type of an Allocate request (RFC 8656). */
const ALLOCATE = 3;

const NOTE_CONFIGURATIONS = `
  window.configurations = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration) {
      super(configuration);
      window.configurations.push(configuration);
    }
  };`;

/** What the page shows from the click on, change by change. */
const NOTE_STATES = `
  window.states = [];
  addEventListener('click', () => {
    const player = document.querySelector('#player');
    const note = () => {
      if (window.states.at(-1) !== player.dataset.state) window.states.push(player.dataset.state);
    };
    new MutationObserver(note).observe(player, { attributeFilter: ['data-state'] });
  }, true);`;

describe('the TURN servers of the pages', () => {
  /** Answers nobody: who asks is all that counts. */
  let turn: Socket;
  let turnUrl: string;
  let allocations: number;
  let speakers: ToneBroadcaster[];

  beforeAll(async () => {
    turn = await openUdp();
    turn.on('message', (message) => {
      if (message.readUInt16BE() === ALLOCATE) allocations += 1;
    });
    turnUrl = `turn:127.0.0.1:${turn.address().port}?transport=udp`;
  });
  afterAll(() => turn.close());
  const scene = new BrowserScene(
    () => ({
      ...{ MEDIA_WORKERS: '1', BROADCAST_GRACE_SECONDS: '1' },
      ...{ TURN_URLS: turnUrl, TURN_SECRETS: 'x'.repeat(32) },
    }),
    NOTE_CONFIGURATIONS,
  );
  beforeEach(() => {
    allocations = 0;
    speakers = [];
  });
  afterEach(() => {
    for (const speaker of speakers) speaker.close();
  });

  const iceServersOf = (page: Page) =>
    page.evaluate<{ urls: string[]; username: string }[][]>(
      'window.configurations.map(({ iceServers }) => iceServers)',
    );
  const urlsOf = async (page: Page) =>
    (await iceServersOf(page)).map((iceServers) => iceServers.flatMap(({ urls }) => urls));

  /** No page: one that broadcasts asks the TURN servers itself. */
  const speak = async (masjid: string): Promise<ToneBroadcaster> => {
    const speaker = await ToneBroadcaster.start({ url: scene.url, connectionID: masjid, frequencyHz: 1_000 });
    speakers.push(speaker);
    return speaker;
  };

  /** As if a network let nothing through: checks of the next `times` connections are never answered. */
  const loseDirectPath = (times: number) =>
    scene.context.route(
      '**/consumer',
      async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replace(/a=ice-pwd:.{8}/, 'a=ice-pwd:nobodyat');
        await route.fulfill({ response, body });
      },
      { times },
    );

  it('are used by a broadcaster from the start, with credentials of the moment', async () => {
    const broadcaster = await scene.broadcast('offered');
    const [[offered] = []] = await iceServersOf(broadcaster);
    expect(offered?.urls).toEqual([turnUrl]);
    expect(Number(offered?.username.split(':')[0])).toBeGreaterThan(Date.now() / 1_000);
    await expect.poll(() => allocations).toBeGreaterThan(0);
  });

  it('are asked for nothing by a listener who hears without them', async () => {
    const listener = await scene.listen('direct');
    await untilState(listener, 'Waiting for the azaan');
    await speak('direct');
    await untilHeard(listener);
    expect(await iceServersOf(listener)).toEqual([[]]);
    expect(allocations).toBe(0);
  });

  it('are tried at once, and without a word, when the direct path is closed', async () => {
    await speak('closed');
    await loseDirectPath(1);
    await scene.context.addInitScript(NOTE_STATES);
    const listener = await scene.listen('closed');
    await untilHeard(listener);
    expect(await urlsOf(listener)).toEqual([[], [turnUrl]]);
    expect(await listener.evaluate('window.states')).toEqual(['connecting', 'live']);
    expect(allocations).toBeGreaterThan(0);
  });

  it('are remembered for the next broadcast, and not used while a listener waits for it', async () => {
    const speaker = await speak('remembered');
    await loseDirectPath(1);
    const listener = await scene.listen('remembered');
    await untilHeard(listener);
    speaker.close();
    await untilState(listener, 'Waiting for the azaan');
    await expect.poll(() => urlsOf(listener), { timeout: 10_000 }).toEqual([[], [turnUrl], [turnUrl], []]);

    await speak('remembered');
    await untilHeard(listener);
    expect((await urlsOf(listener)).at(-1)).toEqual([turnUrl]);
    expect(await spied(listener, 'openPeers()')).toBe(1);
  });

  it('are forgotten when the network changes', async () => {
    const speaker = await speak('wanders');
    await loseDirectPath(1);
    const listener = await scene.listen('wanders');
    await untilHeard(listener);
    await listener.evaluate('dispatchEvent(new Event("online"))');
    speaker.close();
    await untilState(listener, 'Waiting for the azaan');
    await speak('wanders');
    await untilHeard(listener);
    const [, , ...later] = await urlsOf(listener);
    expect(later.length).toBeGreaterThan(0);
    expect(later.flat()).toEqual([]);
  });

  it.each([
    ['refuses to tell them', 'refuse'],
    ['answers with what makes no sense', 'nonsense'],
    ['does not answer', 'silence'],
  ])('are not needed when the relay %s', async (_, how) => {
    await speak(how);
    await loseDirectPath(1);
    await scene.context.route('**/ice-servers', async (route) => {
      if (how === 'refuse') await route.fulfill({ status: 429, body: '{}' });
      if (how === 'nonsense') await route.fulfill({ contentType: 'application/json', body: '[]' });
    });
    const listener = await scene.listen(how);
    await untilHeard(listener);
    expect(await urlsOf(listener)).toEqual([[], []]);
  });
});
