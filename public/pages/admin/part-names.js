import { i18n } from '../i18n.js';

/** @type {Record<string, string>} */
const PARTS = {
  media_workers: 'admin.part.media_workers',
  media_ports: 'admin.part.media_ports',
  accepting: 'admin.part.accepting',
  event_loop: 'admin.part.event_loop',
  memory: 'admin.part.memory',
  log_disk: 'admin.part.log_disk',
  turn: 'admin.part.turn',
};

/**
 * A part of `GET /readyz` in words.
 *
 * @param {string} part
 */
export function partName(part) {
  const key = PARTS[part];
  return key === undefined ? part : i18n.text(key);
}
