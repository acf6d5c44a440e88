import { i18n } from '../i18n.js';
import { element, setText } from '../page.js';
import { amount, clock, duration, measure } from './format.js';
import { LevelBar } from './level-bar.js';
import { Figures, KeyedList, make } from './nodes.js';

/** @type {Record<import('./admin-api.js').Broadcast['state'], string>} */
const STATES = {
  connecting: 'admin.state.connecting',
  live: 'admin.state.live',
  interrupted: 'admin.state.interrupted',
};

const FIGURES = {
  listeners: 'broadcaster.listeners',
  since: 'admin.since',
  silence: 'admin.silence',
  packets: 'admin.packets',
  loss: 'admin.loss',
  joinFailures: 'admin.joinFailures',
};

/** Shows every broadcast: who speaks, how it sounds, who hears it. */
export class BroadcastsView {
  #list = new KeyedList(element('ul', 'broadcasts'), makeRow);
  #none = element('p', 'broadcasts-none');

  /** @param {readonly import('./admin-api.js').Broadcast[]} broadcasts */
  show(broadcasts) {
    this.#list.show(broadcasts, ({ masjidId }) => masjidId);
    this.#none.hidden = broadcasts.length > 0;
  }
}

function makeRow() {
  const name = make('h3', 'name');
  name.dir = 'auto';
  const state = make('span', 'badge');
  const level = new LevelBar();
  const list = make('dl', 'figures');
  const figures = new Figures(list, FIGURES);
  const row = make('li', 'item', make('div', 'item-head', name, state), level.element, list);

  /** @param {import('./admin-api.js').Broadcast} broadcast */
  const show = (broadcast) => {
    row.dataset['state'] = broadcast.state;
    setText(name, broadcast.masjidId);
    setText(state, i18n.text(STATES[broadcast.state]));
    level.show(broadcast.masjidId, broadcast.audioLevelDbov);
    figures.show({
      listeners: amount(broadcast.listenerCount),
      since: clock(broadcast.startedAt),
      silence: duration(broadcast.silentForSeconds),
      packets: amount(broadcast.packetsPerSecond, { maximumFractionDigits: 1 }),
      loss: measure(broadcast.lossPercent, 'percent', 1),
      joinFailures: amount(broadcast.joinFailures),
    });
  };
  return { element: row, show };
}
