import { i18n } from '../i18n.js';
import { element, setText } from '../page.js';
import { confirm } from './confirm.js';

/** Says whether new broadcasts are refused, and has a button that changes it, after a question. */
export class MaintenanceView {
  #state = element('p', 'maintenance-state');
  #button = element('button', 'maintenance');
  #draining = false;

  /** @param {(draining: boolean) => Promise<void>} onChange */
  constructor(onChange) {
    this.#button.addEventListener('click', async () => {
      const draining = !this.#draining;
      if (!(await confirm(draining ? 'admin.begin' : 'admin.end'))) return;
      this.#button.disabled = true;
      try {
        await onChange(draining);
      } finally {
        this.#button.disabled = false;
        this.#button.focus();
      }
    });
  }

  /** @param {boolean} draining */
  show(draining) {
    this.#draining = draining;
    setText(this.#state, i18n.text(draining ? 'admin.maintenance.on' : 'admin.maintenance.off'));
    setText(this.#button, i18n.text(draining ? 'admin.maintenance.end' : 'admin.maintenance.begin'));
  }
}
