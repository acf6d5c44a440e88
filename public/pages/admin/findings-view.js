import { i18n } from '../i18n.js';
import { element, setText } from '../page.js';
import { findings } from './findings.js';
import { KeyedList, make } from './nodes.js';
import { partName } from './part-names.js';

/** Says what needs attention; screen readers hear each thing once, when it comes. */
export class FindingsView {
  #list = new KeyedList(element('ul', 'findings'), makeRow);
  #none = element('p', 'findings-none');

  /**
   * @param {import('./admin-api.js').Status} status
   * @param {import('./admin-api.js').Parts} parts
   * @param {boolean} joinsFail
   */
  show(status, parts, joinsFail) {
    const found = findings(status, parts, joinsFail);
    this.#list.show(found, (finding) => JSON.stringify(finding));
    this.#none.hidden = found.length > 0;
  }

  clear() {
    this.#list.show([], () => '');
  }
}

function makeRow() {
  const row = make('li');
  /** @param {import('./findings.js').Finding} finding */
  const show = (finding) => setText(row, textOf(finding));
  return { element: row, show };
}

/** @param {import('./findings.js').Finding} finding */
function textOf({ key, masjid = '', worker = 0, part = '' }) {
  return i18n.text(key, { masjid, worker: i18n.number(worker), part: partName(part) });
}
