import { i18n } from '../i18n.js';
import { element, setText } from '../page.js';
import { amount, bytes, measure } from './format.js';
import { Figures, KeyedList, make } from './nodes.js';

const FIGURES = {
  listeners: 'broadcaster.listeners',
  cpu: 'admin.cpu',
  memory: 'admin.memory',
  lag: 'admin.lag',
  restarts: 'admin.restarts',
};

/** Shows what each media worker carries. */
export class WorkersView {
  #list = new KeyedList(element('ul', 'workers'), makeRow);

  /** @param {readonly import('./admin-api.js').MediaWorker[]} workers */
  show(workers) {
    this.#list.show(workers, ({ index }) => String(index));
  }
}

function makeRow() {
  const name = make('h3', 'name');
  const state = make('span', 'badge');
  const list = make('dl', 'figures');
  const figures = new Figures(list, FIGURES);
  const row = make('li', 'item', make('div', 'item-head', name, state), list);

  /** @param {import('./admin-api.js').MediaWorker} worker */
  const show = (worker) => {
    row.dataset['state'] = worker.ready ? 'live' : 'interrupted';
    setText(name, i18n.text('admin.worker', { worker: i18n.number(worker.index) }));
    setText(state, i18n.text(worker.ready ? 'admin.worker.ready' : 'admin.worker.replaced'));
    figures.show({
      listeners: amount(worker.listeners),
      cpu: measure(worker.cpuPercent, 'percent', 1),
      memory: bytes(worker.rss),
      lag: measure(worker.eventLoopLagMs, 'millisecond'),
      restarts: amount(worker.restarts),
    });
  };
  return { element: row, show };
}
