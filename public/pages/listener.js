import { AzaanListener } from '../azaan-client.js';
import { i18n, setUpLanguagePicker } from './i18n.js';
import { LockScreen } from './lock-screen.js';
import { becomeReady, element, chooseMasjid, chosenMasjid, oncePerTap, setText, takeTokenFromAddress } from './page.js';
import { ShareBox } from './share.js';
import { Stopwatch } from './stopwatch.js';
import { recall, remember } from './storage.js';

/** @typedef {import('../azaan-client/listener.js').ListenerState} ListenerState */

/** @typedef {ListenerState | 'blocked' | 'silent'} ShownState */

/** @type {Record<ShownState, string>} */
const STATE_TEXTS = {
  idle: 'listener.idle',
  waiting: 'listener.waiting',
  connecting: 'listener.connecting',
  live: 'listener.live',
  interrupted: 'listener.interrupted',
  reconnecting: 'listener.reconnecting',
  stopped: 'listener.stopped',
  blocked: 'listener.blocked',
  silent: 'listener.silent',
};

/**
 * Errors that deserve other words than those of the state.
 * @type {Record<string, string>}
 */
const ERROR_HINTS = {
  network: 'listener.error.network',
  busy: 'listener.error.busy',
  unauthorized: 'listener.error.unauthorized',
  refused: 'listener.error.refused',
};

let token = takeTokenFromAddress();
// A link that is opened again on its own page changes nothing but the fragment.
window.addEventListener('hashchange', () => (token = takeTokenFromAddress() ?? token));
const audio = new Audio();
const view = {
  chooser: element('section', 'chooser'),
  masjid: element('input', 'masjid'),
  player: element('section', 'player'),
  masjidName: element('h1', 'masjid-name'),
  play: element('button', 'play'),
  state: element('p', 'state'),
  hint: element('p', 'hint'),
  change: element('button', 'change'),
};

/** @type {AzaanListener | undefined} */
let listener;
/** @type {string | undefined} */
let errorHint;

await i18n.start();
setUpLanguagePicker(element('select', 'language'));
const share = new ShareBox();
const stopwatch = new Stopwatch(element('p', 'elapsed'), element('span', 'elapsed-time'));
const lockScreen = new LockScreen({ onPlay: play, onPause: () => listener?.stop() });

i18n.addEventListener('change', render);
const toggle = oncePerTap(() => (isRunning() ? listener?.stop() : play()));
view.play.addEventListener('click', () => (listener?.playbackBlocked ? play() : toggle()));
view.change.addEventListener('click', () => showChooser(true));
element('form', 'chooser-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const masjid = view.masjid.value.trim();
  if (!masjid) return;
  chooseMasjid(masjid);
  showPlayer(masjid);
  view.play.focus();
});
// The relay frees the place of a listener who says goodbye at once.
window.addEventListener('pagehide', () => listener?.stop());
setUpVolume();

const masjid = chosenMasjid();
if (masjid) {
  chooseMasjid(masjid);
  showPlayer(masjid);
} else {
  showChooser(false);
}
becomeReady();

/** @param {boolean} focus */
function showChooser(focus) {
  listener?.stop();
  view.player.hidden = true;
  view.change.hidden = true;
  view.chooser.hidden = false;
  view.masjid.value = chosenMasjid() ?? '';
  if (focus) view.masjid.select();
}

/** @param {string} masjid */
function showPlayer(masjid) {
  listener = new AzaanListener({
    url: location.origin,
    connectionID: masjid,
    version: 'azaan-web',
    audio,
    token: () => token,
  });
  listener.addEventListener('statechange', onStateChange);
  listener.addEventListener('playbackblocked', render);
  listener.addEventListener('playbackresumed', render);
  listener.addEventListener('silencechange', render);
  listener.addEventListener('error', (event) => {
    const { detail: error } = /** @type {CustomEvent<import('../azaan-client.js').AzaanError>} */ (event);
    errorHint = error.code === 'unauthorized' && token ? 'listener.error.expired' : ERROR_HINTS[error.code];
    render();
  });
  view.masjidName.textContent = masjid;
  view.chooser.hidden = true;
  view.change.hidden = false;
  view.player.hidden = false;
  share.show(masjid);
  render();
}

function play() {
  if (!listener) return;
  errorHint = undefined;
  if (listener.playbackBlocked) void listener.resume();
  else listener.start();
  lockScreen.play(String(listener.connectionID));
}

function onStateChange() {
  const state = listener?.state;
  if (state === 'live') {
    errorHint = undefined;
    stopwatch.start();
  }
  if (state === 'waiting' || state === 'stopped') stopwatch.reset();
  if (state === 'waiting') errorHint = undefined;
  if (state === 'stopped') lockScreen.pause();
  render();
}

function isRunning() {
  return listener !== undefined && listener.state !== 'idle' && listener.state !== 'stopped';
}

function render() {
  if (!listener) return;
  const state = shownState(listener);
  const key = STATE_TEXTS[state];
  view.player.dataset.state = state;
  setText(view.state, i18n.text(key));
  setText(view.hint, i18n.text(errorHint ?? `${key}.hint`));
  view.play.setAttribute('aria-label', i18n.text(playLabel(state)));
  document.title = `${i18n.text(key)} · ${listener.connectionID}`;
}

/**
 * @param {AzaanListener} listener
 * @returns {ShownState}
 */
function shownState({ playbackBlocked, silent, state }) {
  if (playbackBlocked) return 'blocked';
  return silent ? 'silent' : state;
}

/** @param {ShownState} state */
function playLabel(state) {
  if (state === 'blocked') return 'listener.resume';
  return isRunning() ? 'listener.stop' : 'listener.play';
}

function setUpVolume() {
  const volume = element('input', 'volume');
  // iPhones leave the volume to their keys, and ignore what a page sets.
  audio.volume = 0.5;
  element('label', 'volume-field').hidden = audio.volume !== 0.5;
  volume.value = recall('volume') ?? volume.value;
  const apply = () => (audio.volume = volume.valueAsNumber / 100);
  volume.addEventListener('input', apply);
  volume.addEventListener('change', () => remember('volume', volume.value));
  apply();
}
