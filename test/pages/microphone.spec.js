/* global AbortController, DOMException, Event, EventTarget */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Microphone } from '../../public/azaan-client/microphone.js';

class FakeTrack extends EventTarget {
  readyState = 'live';
  muted = false;
  stop() {
    this.readyState = 'ended';
  }
  end() {
    this.stop();
    this.dispatchEvent(new Event('ended'));
  }
}

/** @type {FakeContext[]} */
const contexts = [];

class FakeContext {
  state = 'running';
  constructor() {
    contexts.push(this);
  }
  createMediaStreamSource() {
    return { connect() {}, disconnect() {} };
  }
  async close() {
    this.state = 'closed';
  }
}

class FakeAnalyser {
  fftSize = 4096;
  getFloatTimeDomainData() {}
}

describe('a microphone', () => {
  let getUserMedia;
  let tracks;
  let handlers;
  let microphone;
  let running;

  const open = () => microphone.open(undefined, running.signal);
  const openTrack = () => {
    const track = new FakeTrack();
    tracks.push(track);
    return { getAudioTracks: () => [track], getTracks: () => [track] };
  };
  const allow = () => getUserMedia.mockImplementation(async () => openTrack());
  const refuse = (name) => getUserMedia.mockRejectedValue(new DOMException('', name));

  beforeEach(() => {
    vi.useFakeTimers();
    tracks = [];
    contexts.length = 0;
    getUserMedia = vi.fn();
    allow();
    vi.stubGlobal('isSecureContext', true);
    vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } });
    vi.stubGlobal('AudioContext', FakeContext);
    vi.stubGlobal('AnalyserNode', FakeAnalyser);
    handlers = { onStream: vi.fn(async () => {}), onChange: vi.fn(), onLevel: vi.fn(), onGone: vi.fn() };
    microphone = new Microphone(handlers);
    running = new AbortController();
  });
  afterEach(() => {
    microphone.close();
    running.abort();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it.each(['NotReadableError', 'NotFoundError'])(
    'that ends is opened again as soon as that works (%s)',
    async (name) => {
      await open();
      refuse(name);
      tracks[0].end();
      await vi.advanceTimersByTimeAsync(25_000);
      expect(microphone.state).toBe('lost');
      allow();
      await vi.advanceTimersByTimeAsync(1_000);
      expect(microphone.state).toBe('open');
      expect(handlers.onStream).toHaveBeenCalledTimes(2);
      expect(handlers.onGone).not.toHaveBeenCalled();
    },
  );

  it('is given up after half a minute, with the reason of the last attempt', async () => {
    await open();
    refuse('NotReadableError');
    tracks[0].end();
    await vi.advanceTimersByTimeAsync(32_000);
    expect(handlers.onGone).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'microphone-busy' }));
    expect(vi.getTimerCount()).toBe(1);
  });

  it('that somebody chooses while another one is lost stays in use', async () => {
    await open();
    let giveBack = () => {};
    const slow = new Promise((resolve) => (giveBack = resolve));
    getUserMedia.mockImplementationOnce(async () => (await slow, openTrack()));
    tracks[0].end();
    await open();
    giveBack();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(tracks.map(({ readyState }) => readyState)).toEqual(['ended', 'live', 'ended']);
    expect(microphone.state).toBe('open');
  });

  it('is not looked for after the end', async () => {
    await open();
    refuse('NotReadableError');
    tracks[0].end();
    running.abort();
    microphone.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(getUserMedia).toHaveBeenCalledTimes(2);
    expect(handlers.onGone).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not measured when all ends while it takes the place of another one', async () => {
    await open();
    handlers.onStream.mockImplementationOnce(async () => {
      running.abort();
      microphone.close();
    });
    await open();
    expect(contexts.map(({ state }) => state)).toEqual(['closed']);
    expect(tracks.map(({ readyState }) => readyState)).toEqual(['ended', 'ended']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
