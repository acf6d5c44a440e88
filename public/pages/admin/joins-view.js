import { element } from '../page.js';
import { amount } from './format.js';
import { Figures } from './nodes.js';

const FIGURES = {
  ok: 'admin.joins.ok',
  badOffer: 'admin.joins.badOffer',
  full: 'admin.joins.full',
  addressLimit: 'admin.joins.addressLimit',
  unavailable: 'admin.joins.unavailable',
  neverConnected: 'admin.joins.neverConnected',
  neededTurn: 'admin.joins.neededTurn',
  left: 'admin.ends.left',
  silent: 'admin.ends.silent',
  failed: 'admin.ends.failed',
  ended: 'admin.ends.ended',
  workerLost: 'admin.ends.workerLost',
};

/** Shows how listeners came and went since the server started. */
export class JoinsView {
  #figures = new Figures(element('dl', 'joins'), FIGURES);

  /** @param {import('./admin-api.js').Status} status */
  show({ joins, listenerDisconnects: ends }) {
    this.#figures.show({
      ok: amount(joins.ok),
      badOffer: amount(joins.bad_offer),
      full: amount(joins.capacity),
      addressLimit: amount(joins.address_limit),
      unavailable: amount(joins.unavailable),
      neverConnected: amount(ends.connect_timeout),
      neededTurn: amount(ends.no_direct_path),
      left: amount(ends.left),
      silent: amount(ends.silent),
      failed: amount(ends.failed),
      ended: amount(ends.closed_by_relay),
      workerLost: amount(ends.worker_lost),
    });
  }
}
