import { i18n } from '../i18n.js';
import { element, setText } from '../page.js';
import { BansView } from './bans-view.js';
import { BroadcastsView } from './broadcasts-view.js';
import { Chart } from './chart.js';
import { FindingsView } from './findings-view.js';
import { duration } from './format.js';
import { History } from './history.js';
import { JoinTrend } from './join-trend.js';
import { JoinsView } from './joins-view.js';
import { MaintenanceView } from './maintenance-view.js';
import { ReadinessView } from './readiness-view.js';
import { ServerView } from './server-view.js';
import { WorkersView } from './workers-view.js';

/**
 * All that the page shows of the relay: what was read last, again in another language when that is chosen.
 */
export class Board {
  #history = new History();
  #joinTrend = new JoinTrend();
  #chart = new Chart(element('div', 'chart'));
  #chartSummary = element('p', 'chart-summary');
  #findings = new FindingsView();
  #broadcasts = new BroadcastsView();
  #workers = new WorkersView();
  #joins = new JoinsView();
  #server = new ServerView();
  #readiness = new ReadinessView();
  #bans;
  #maintenance;
  /** @type {import('./admin-api.js').Status | undefined} */
  #status;
  /** @type {import('./admin-api.js').Parts} */
  #parts = {};
  /** @type {import('./admin-api.js').Bans | 'closed' | undefined} */
  #banList;

  /**
   * @param {object} actions
   * @param {(ban: import('./admin-api.js').Ban) => void} actions.onLift
   * @param {(draining: boolean) => Promise<void>} actions.onMaintenance
   */
  constructor({ onLift, onMaintenance }) {
    this.#bans = new BansView(onLift);
    this.#maintenance = new MaintenanceView(onMaintenance);
    i18n.addEventListener('change', () => {
      this.#showStatus();
      this.#showParts();
      this.#showBans();
    });
  }

  /** @param {import('./admin-api.js').Status} status */
  setStatus(status) {
    this.#status = status;
    this.#history.add(Date.now(), status.totalConnectedListeners);
    this.#joinTrend.add(Date.now(), status.joins);
    this.#showStatus();
  }

  /** @param {import('./admin-api.js').Parts} parts */
  setParts(parts) {
    this.#parts = parts;
    this.#showParts();
  }

  /** @param {import('./admin-api.js').Bans | 'closed'} bans */
  setBans(bans) {
    this.#banList = bans;
    this.#showBans();
  }

  /** Nothing is known any more, and nobody's name or address is left in the page. */
  clear() {
    this.#status = undefined;
    this.#parts = {};
    this.#banList = undefined;
    this.#history = new History();
    this.#joinTrend = new JoinTrend();
    this.#findings.clear();
    this.#broadcasts.show([]);
    this.#workers.show([]);
    this.#readiness.show({});
    this.#bans.clear();
  }

  #showStatus() {
    const status = this.#status;
    if (!status) return;
    this.#findings.show(status, this.#parts, this.#joinTrend.isFailing);
    this.#broadcasts.show(status.activeBroadcasts);
    this.#workers.show(status.mediaWorkers);
    this.#joins.show(status);
    this.#server.show(status);
    this.#maintenance.show(status.draining);
    this.#showChart(status.totalConnectedListeners);
  }

  /** @param {number} listeners */
  #showChart(listeners) {
    const nowMs = Date.now();
    this.#chart.show(this.#history, nowMs);
    const values = {
      now: i18n.number(listeners),
      most: i18n.number(this.#history.most),
      time: duration((nowMs - (this.#history.times[0] ?? nowMs)) / 1_000),
    };
    setText(this.#chartSummary, i18n.text('admin.chart.summary', values));
  }

  #showParts() {
    this.#readiness.show(this.#parts);
    if (this.#status) this.#findings.show(this.#status, this.#parts, this.#joinTrend.isFailing);
  }

  #showBans() {
    if (this.#banList === undefined) return;
    if (this.#banList === 'closed') this.#bans.showClosed();
    else this.#bans.show(this.#banList);
  }
}
