import { i18n } from '../i18n.js';
import { element, setText } from '../page.js';
import { KeyedList, make } from './nodes.js';
import { partName } from './part-names.js';

/** Shows every part that the server needs, up or down. */
export class ReadinessView {
  #list = new KeyedList(element('ul', 'readiness'), makeRow);

  /** @param {import('./admin-api.js').Parts} parts */
  show(parts) {
    const items = Object.entries(parts).map(([name, { status }]) => ({ name, isUp: status === 'up' }));
    this.#list.show(items, ({ name }) => name);
  }
}

function makeRow() {
  const name = make('span');
  const state = make('span', 'badge');
  const row = make('li', '', name, state);
  /** @param {{ name: string, isUp: boolean }} part */
  const show = (part) => {
    row.dataset['state'] = part.isUp ? 'live' : 'interrupted';
    setText(name, partName(part.name));
    setText(state, i18n.text(part.isUp ? 'admin.part.up' : 'admin.part.down'));
  };
  return { element: row, show };
}
