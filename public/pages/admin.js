import { AzaanError } from '../azaan-client.js';
import { AgeView } from './admin/age-view.js';
import { Board } from './admin/board.js';
import { AdminSession } from './admin/session.js';
import { i18n, setUpLanguagePicker } from './i18n.js';
import { becomeReady, element } from './page.js';
import { ProblemView } from './problem-view.js';

/** @type {Partial<Record<import('../azaan-client/azaan-error.js').AzaanErrorCode, string>>} */
const PROBLEM_TEXTS = {
  unauthorized: 'admin.error.unauthorized',
  busy: 'admin.error.busy',
  network: 'admin.error.network',
};

const view = {
  entry: element('form', 'entry'),
  token: element('input', 'token'),
  enter: element('button', 'enter'),
  board: element('div', 'board'),
  session: element('div', 'session'),
  leave: element('button', 'leave'),
  findings: element('h2', 'findings-title'),
  notice: element('p', 'notice'),
};

/** @type {AdminSession | undefined} */
let session;

await i18n.start();
setUpLanguagePicker(element('select', 'language'));
const age = new AgeView(element('p', 'age'));
const board = new Board({ onLift: liftBan, onMaintenance: setMaintenance });
const problem = new ProblemView(({ code, status }) =>
  status === 403 ? 'admin.error.forbidden' : (PROBLEM_TEXTS[code] ?? 'admin.error.refused'),
);

view.entry.addEventListener('submit', (event) => {
  event.preventDefault();
  enter(view.token.value.trim());
});
view.leave.addEventListener('click', () => {
  problem.clear();
  leave();
});
i18n.addEventListener('change', setTitle);
setTitle();
becomeReady();

/** @param {string} token */
function enter(token) {
  if (!token) return;
  session?.close();
  problem.clear();
  view.enter.disabled = true;
  session = new AdminSession(token, {
    onStatus: (status) => {
      problem.clear();
      age.reset();
      board.setStatus(status);
      showBoard();
    },
    onParts: (parts) => board.setParts(parts),
    onBans: (bans) => board.setBans(bans),
    onBansClosed: () => board.setBans('closed'),
    onTrouble: (error) => {
      problem.show(error);
      view.enter.disabled = false;
    },
    onRefused,
  });
  session.start();
}

/** The key is no good, or no longer. @param {AzaanError} error */
function onRefused(error) {
  leave();
  problem.show(error);
}

function leave() {
  session?.close();
  session = undefined;
  board.clear();
  view.board.hidden = true;
  view.session.hidden = true;
  view.entry.hidden = false;
  view.enter.disabled = false;
  view.notice.textContent = '';
  view.token.focus();
}

function showBoard() {
  if (!view.board.hidden) return;
  view.token.value = '';
  view.entry.hidden = true;
  view.session.hidden = false;
  view.board.hidden = false;
  view.findings.focus();
}

/** @param {import('./admin/admin-api.js').Ban} ban */
function liftBan({ id, address }) {
  act(async (current) => {
    await current.liftBan(id);
    view.notice.textContent = i18n.text('admin.ban.lifted', { address });
  });
}

/** @param {boolean} draining */
function setMaintenance(draining) {
  return act((current) => current.setMaintenance(draining));
}

/** @param {(current: AdminSession) => Promise<void>} action */
async function act(action) {
  if (!session) return;
  view.notice.textContent = '';
  try {
    await action(session);
  } catch (error) {
    if (!(error instanceof AzaanError)) throw error;
    if (error.status === 401) onRefused(error);
    else view.notice.textContent = i18n.text('admin.failed', { reason: error.detail ?? error.message });
  }
}

function setTitle() {
  document.title = i18n.text('admin.title');
}
