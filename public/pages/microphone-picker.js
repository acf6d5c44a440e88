import { i18n } from './i18n.js';
import { option } from './page.js';
import { recall, remember } from './storage.js';

/** Lists the microphones and keeps the list current. Browsers give names only once the microphone has been allowed. */
export class MicrophonePicker {
  /**
   * @param {HTMLSelectElement} select
   * @param {(deviceId: string | undefined) => void} onChoice
   */
  constructor(select, onChoice) {
    this.select = select;
    select.addEventListener('change', () => {
      remember('microphone', select.value);
      onChoice(this.deviceId);
    });
    navigator.mediaDevices?.addEventListener('devicechange', () => this.refresh());
    i18n.addEventListener('change', () => this.refresh());
  }

  /** Undefined for the default microphone. */
  get deviceId() {
    return this.select.value || undefined;
  }

  async refresh() {
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    // `default` and `communications` are Chromium's other names for microphones that the list holds anyway.
    const microphones = devices.filter(
      ({ kind, deviceId }) =>
        kind === 'audioinput' && deviceId !== '' && deviceId !== 'default' && deviceId !== 'communications',
    );
    const chosen = this.select.value || recall('microphone') || '';
    this.select.replaceChildren(
      option(i18n.text('broadcaster.microphone.default'), ''),
      ...microphones.map(({ deviceId, label }, index) => option(label || unnamed(index + 1), deviceId)),
    );
    this.select.value = microphones.some(({ deviceId }) => deviceId === chosen) ? chosen : '';
  }
}

/** @param {number} position */
function unnamed(position) {
  return i18n.text('broadcaster.microphone.unnamed', { number: i18n.number(position) });
}
