import { element } from '../page.js';
import { bytes, duration, measure } from './format.js';
import { Figures } from './nodes.js';

const FIGURES = {
  uptime: 'admin.uptime',
  memory: 'admin.memory',
  lag: 'admin.lag',
  version: 'admin.version',
  node: 'admin.node',
};

/** Shows how the main process is, and which version runs. */
export class ServerView {
  #figures = new Figures(element('dl', 'server'), FIGURES);

  /** @param {import('./admin-api.js').Status} status */
  show({ uptimeSeconds, process, version, node }) {
    this.#figures.show({
      uptime: duration(uptimeSeconds),
      memory: bytes(process.rss),
      lag: measure(process.eventLoopLagMs, 'millisecond'),
      version,
      node,
    });
  }
}
