import { i18n } from './i18n.js';

/**
 * The controls that phones show on the lock screen and headsets have as keys (Media Session API).
 *
 * Chromium offers them only while something longer than five seconds plays that is not a live stream. So a silent file
 * plays beside the sound.
 */
export class LockScreen {
  #anchor = new Audio('/pages/silence.flac');
  #session = 'mediaSession' in navigator ? navigator.mediaSession : undefined;
  #masjid = '';

  /** @param {{ onPlay: () => void, onPause: () => void }} handlers */
  constructor({ onPlay, onPause }) {
    this.#anchor.loop = true;
    this.#session?.setActionHandler('play', onPlay);
    this.#session?.setActionHandler('pause', onPause);
    this.#session?.setActionHandler('stop', onPause);
    i18n.addEventListener('change', () => this.#describe());
  }

  /**
   * Call it from a click or touch, so that the browser lets the anchor play.
   *
   * @param {string} masjid
   */
  play(masjid) {
    if (!this.#session) return;
    this.#masjid = masjid;
    this.#describe();
    this.#session.playbackState = 'playing';
    // Without it there are no lock screen controls, and all else works.
    this.#anchor.play().catch(() => {});
  }

  pause() {
    if (!this.#session) return;
    this.#anchor.pause();
    this.#session.playbackState = 'paused';
  }

  #describe() {
    if (!this.#session || !this.#masjid) return;
    this.#session.metadata = new MediaMetadata({
      title: this.#masjid,
      artist: i18n.text('listener.eyebrow'),
      artwork: [{ src: '/icon-512.png', sizes: '512x512', type: 'image/png' }],
    });
  }
}
