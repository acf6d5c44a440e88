import { i18n } from '../i18n.js';
import { element, setText } from '../page.js';
import { amount, clock } from './format.js';
import { Figures, KeyedList, make, words } from './nodes.js';

/** @type {Record<string, string>} */
const REASONS = {
  malformed_sdp: 'admin.ban.malformed_sdp',
  malformed_request: 'admin.ban.malformed_request',
  unauthenticated: 'admin.ban.unauthenticated',
  forbidden: 'admin.ban.forbidden',
};

const FIGURES = { until: 'admin.ban.until', refused: 'admin.ban.refused' };

/** Shows who is banned, with a button that lifts the ban. */
export class BansView {
  #note = element('p', 'bans-note');
  #title = element('h2', 'bans-title');
  #list;

  /** @param {(ban: import('./admin-api.js').Ban) => void} onLift */
  constructor(onLift) {
    this.#list = new KeyedList(element('ul', 'bans'), () => makeRow(onLift));
  }

  /** @param {import('./admin-api.js').Bans} bans */
  show({ total, bans }) {
    // The button that was pressed goes with its ban; without this a keyboard would begin at the top of the page again.
    const hadFocus = this.#list.container.contains(document.activeElement);
    this.#list.show(bans, ({ id }) => id);
    if (hadFocus && !this.#list.container.contains(document.activeElement)) this.#title.focus();
    setText(this.#note, noteOf(total, bans.length));
  }

  clear() {
    this.#list.show([], () => '');
    setText(this.#note, '');
  }

  /** The list is closed to where this page is opened. */
  showClosed() {
    this.clear();
    setText(this.#note, i18n.text('admin.bans.closed'));
  }
}

/**
 * @param {number} total
 * @param {number} shown
 */
function noteOf(total, shown) {
  if (total === 0) return i18n.text('admin.bans.none');
  return total > shown ? i18n.text('admin.bans.more', { total: i18n.number(total) }) : '';
}

/** @param {(ban: import('./admin-api.js').Ban) => void} onLift */
function makeRow(onLift) {
  const address = make('h3', 'name');
  address.dir = 'ltr';
  const agent = make('p', 'help agent');
  agent.dir = 'ltr';
  const reason = make('p');
  const list = make('dl', 'figures');
  const figures = new Figures(list, FIGURES);
  const lift = words('button', 'admin.ban.lift');
  lift.type = 'button';
  const row = make('li', 'item', address, reason, agent, list, lift);
  /** @type {import('./admin-api.js').Ban | undefined} */
  let shown;
  lift.addEventListener('click', () => shown && onLift(shown));

  /** @param {import('./admin-api.js').Ban} ban */
  const show = (ban) => {
    shown = ban;
    setText(address, ban.address);
    setText(agent, ban.userAgent ?? '');
    const key = REASONS[ban.reason];
    setText(reason, key === undefined ? ban.reason : i18n.text(key));
    lift.setAttribute('aria-label', i18n.text('admin.ban.liftOf', { address: ban.address }));
    figures.show({ until: clock(ban.endsAt), refused: amount(ban.refusedCalls) });
  };
  return { element: row, show };
}
