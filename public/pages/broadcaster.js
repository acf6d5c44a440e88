import { AzaanBroadcaster, AzaanError } from '../azaan-client.js';
import { i18n, setUpLanguagePicker } from './i18n.js';
import { LevelView } from './level-view.js';
import { ListenerCount } from './listener-count.js';
import { MicrophonePicker } from './microphone-picker.js';
import { becomeReady, element, chooseMasjid, chosenMasjid, setAlert, setText, takeTokenFromAddress } from './page.js';
import { ProblemView } from './problem-view.js';
import { ShareBox } from './share.js';
import { Stopwatch } from './stopwatch.js';

/** @type {Record<import('../azaan-client/broadcaster.js').BroadcasterState, string>} */
const STATE_TEXTS = {
  idle: 'broadcaster.idle',
  starting: 'broadcaster.starting',
  connecting: 'broadcaster.connecting',
  live: 'broadcaster.live',
  reconnecting: 'broadcaster.reconnecting',
  stopped: 'broadcaster.stopped',
};

/**
 * What keeps the microphone from being heard.
 * @type {Partial<Record<import('../azaan-client/microphone.js').MicrophoneState, string>>}
 */
const WARNINGS = { muted: 'broadcaster.muted', lost: 'broadcaster.lost' };

const view = {
  studio: element('form', 'studio'),
  masjid: element('input', 'masjid'),
  masjidHelp: element('p', 'masjid-help'),
  token: element('input', 'token'),
  tokenField: element('div', 'token-field'),
  levelField: element('div', 'level-field'),
  toggle: element('button', 'toggle'),
  state: element('span', 'state'),
  listeners: element('dd', 'listeners'),
  keepOpen: element('p', 'keep-open'),
  warning: element('p', 'warning'),
  share: element('section', 'share'),
};
takeToken();
// A link that is opened again on its own page changes nothing but the fragment.
window.addEventListener('hashchange', takeToken);

/** @type {AzaanBroadcaster | undefined} */
let broadcaster;

await i18n.start();
setUpLanguagePicker(element('select', 'language'));
const share = new ShareBox();
const stopwatch = new Stopwatch(element('dl', 'figures'), element('dd', 'duration'));
const level = new LevelView(element('div', 'level'), element('span', 'level-verdict'));
const count = new ListenerCount((listeners) =>
  setText(view.listeners, listeners === undefined ? '–' : i18n.number(listeners)),
);
const problem = new ProblemView();
const microphones = new MicrophonePicker(element('select', 'microphone'), (deviceId) => {
  broadcaster?.useMicrophone(deviceId).catch(showProblem);
});

view.masjid.value = chosenMasjid() ?? '';
view.masjid.addEventListener('input', showShare);
view.studio.addEventListener('submit', (event) => {
  event.preventDefault();
  if (isRunning()) broadcaster?.stop();
  else start();
});
i18n.addEventListener('change', render);
window.addEventListener('beforeunload', (event) => {
  if (isRunning()) event.preventDefault();
});
// The relay hears at once that the broadcaster left, and tells the listeners.
window.addEventListener('pagehide', () => broadcaster?.stop());
await microphones.refresh();
showShare();
render();
becomeReady();

function takeToken() {
  view.token.value = takeTokenFromAddress() ?? view.token.value;
}

function start() {
  const masjid = view.masjid.value.trim();
  if (!masjid) return;
  const token = view.token.value.trim();
  chooseMasjid(masjid);
  problem.clear();
  broadcaster = new AzaanBroadcaster({
    url: location.origin,
    connectionID: masjid,
    version: 'azaan-web',
    ...(token ? { token } : {}),
  });
  broadcaster.addEventListener('statechange', () => onStateChange(masjid, token || undefined));
  broadcaster.addEventListener('silencechange', render);
  broadcaster.addEventListener('microphonechange', render);
  broadcaster.addEventListener('level', (event) => {
    level.show(/** @type {CustomEvent<import('./level-view.js').Level>} */ (event).detail);
  });
  broadcaster.addEventListener('error', (event) => showProblem(/** @type {CustomEvent} */ (event).detail));
  const { deviceId } = microphones;
  broadcaster.start(deviceId === undefined ? {} : { deviceId }).then(() => microphones.refresh(), showProblem);
}

/**
 * @param {string} masjid
 * @param {string | undefined} token
 */
function onStateChange(masjid, token) {
  if (broadcaster?.state === 'connecting') level.expect();
  if (broadcaster?.state === 'live') {
    problem.clear();
    stopwatch.start();
    count.start(masjid, token);
  }
  if (broadcaster?.state === 'stopped') {
    stopwatch.reset();
    count.stop();
    level.off();
  }
  render();
}

/** @param {unknown} error */
function showProblem(error) {
  if (!(error instanceof AzaanError)) throw error;
  problem.show(error);
}

function isRunning() {
  return broadcaster !== undefined && broadcaster.state !== 'idle' && broadcaster.state !== 'stopped';
}

/** @param {AzaanBroadcaster | undefined} broadcaster */
function warningOf(broadcaster) {
  return WARNINGS[broadcaster?.microphoneState ?? 'off'] ?? (broadcaster?.silent ? 'broadcaster.silent' : undefined);
}

function showShare() {
  const masjid = view.masjid.value.trim();
  view.share.hidden = masjid === '';
  if (masjid) share.show(masjid);
}

function render() {
  const state = broadcaster?.state ?? 'idle';
  const running = isRunning();
  view.studio.dataset.state = state;
  view.masjid.disabled = running;
  view.masjidHelp.hidden = running;
  view.tokenField.hidden = running;
  view.levelField.hidden = !running;
  view.keepOpen.hidden = !running;
  const warning = running ? warningOf(broadcaster) : undefined;
  setText(view.warning, warning === undefined ? '' : i18n.text(warning));
  setAlert(view.warning, warning !== undefined);
  setText(view.state, i18n.text(STATE_TEXTS[state]));
  setText(view.toggle, i18n.text(running ? 'broadcaster.stop' : 'broadcaster.start'));
  document.title = running ? `${i18n.text(STATE_TEXTS[state])} · ${view.masjid.value}` : i18n.text('broadcaster.title');
}
