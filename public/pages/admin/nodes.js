import { i18n } from '../i18n.js';
import { setText } from '../page.js';

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/**
 * An element with a text that follows the language of the page.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} key
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function words(tag, key) {
  const element = make(tag, '', i18n.text(key));
  element.dataset['i18n'] = key;
  return element;
}

/**
 * The children of a list, one for each item, which stay the same elements as long as their item stays.
 *
 * @template Item
 */
export class KeyedList {
  /** @type {Map<string, { element: HTMLElement, show: (item: Item) => void }>} */
  #rows = new Map();

  /**
   * @param {HTMLElement} container
   * @param {() => { element: HTMLElement, show: (item: Item) => void }} makeRow
   */
  constructor(container, makeRow) {
    this.container = container;
    this.makeRow = makeRow;
  }

  /**
   * @param {readonly Item[]} items
   * @param {(item: Item) => string} keyOf
   */
  show(items, keyOf) {
    const keys = new Set(items.map(keyOf));
    for (const [key, { element }] of this.#rows) {
      if (keys.has(key)) continue;
      element.remove();
      this.#rows.delete(key);
    }
    for (const [index, item] of items.entries()) {
      const key = keyOf(item);
      const row = this.#rows.get(key) ?? this.makeRow();
      this.#rows.set(key, row);
      // Moving an element would take the focus from it.
      if (this.container.children[index] !== row.element) {
        this.container.insertBefore(row.element, this.container.children[index] ?? null);
      }
      row.show(item);
    }
  }
}

/** Names and values, the names in the language of the page. */
export class Figures {
  /** @type {Map<string, HTMLElement>} */
  #values = new Map();

  /**
   * @param {HTMLDListElement} list
   * @param {Record<string, string>} names key of the text by the name of the figure
   */
  constructor(list, names) {
    for (const [name, key] of Object.entries(names)) {
      const value = make('dd');
      this.#values.set(name, value);
      list.append(make('div', '', words('dt', key), value));
    }
  }

  /** @param {Record<string, string>} texts by the name of the figure */
  show(texts) {
    for (const [name, text] of Object.entries(texts)) {
      const value = this.#values.get(name);
      if (value) setText(value, text);
    }
  }
}
