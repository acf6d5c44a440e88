/**
 * What an operator should look at, as a text of the page with its values.
 *
 * @typedef {{ key: string, masjid?: string, worker?: number, part?: string }} Finding
 */

/** Pauses of a muezzin are shorter. */
const SILENT_AFTER_SECONDS = 10;
/** Connecting takes a few seconds, and a person a few more to begin to speak. */
const UNHEARD_AFTER_SECONDS = 20;
/** Beyond this a listener hears it. */
const MUCH_LOSS_PERCENT = 5;

/**
 * @param {import('./admin-api.js').Status} status
 * @param {import('./admin-api.js').Parts} parts
 * @param {boolean} [joinsFail] as `JoinTrend` has it
 * @returns {Finding[]} worst first
 */
export function findings(status, parts, joinsFail = false) {
  return [
    ...status.activeBroadcasts.flatMap(ofBroadcast),
    ...(joinsFail ? [{ key: 'admin.finding.joins' }] : []),
    ...status.mediaWorkers
      .filter(({ ready }) => !ready)
      .map(({ index }) => ({ key: 'admin.finding.worker', worker: index })),
    ...partsDown(parts, status).map((part) => ({ key: 'admin.finding.part', part })),
    ...(status.draining ? [{ key: 'admin.finding.draining' }] : []),
  ];
}

/**
 * @param {import('./admin-api.js').Broadcast} broadcast
 * @returns {Finding[]}
 */
function ofBroadcast({ masjidId: masjid, state, silentForSeconds, lossPercent }) {
  if (state === 'interrupted') return [{ key: 'admin.finding.interrupted', masjid }];
  if (state === 'connecting') {
    return silentForSeconds >= UNHEARD_AFTER_SECONDS ? [{ key: 'admin.finding.unheard', masjid }] : [];
  }
  if (silentForSeconds >= SILENT_AFTER_SECONDS) return [{ key: 'admin.finding.silent', masjid }];
  return (lossPercent ?? 0) > MUCH_LOSS_PERCENT ? [{ key: 'admin.finding.loss', masjid }] : [];
}

/**
 * Parts that are down for a reason that is not told already.
 *
 * @param {import('./admin-api.js').Parts} parts
 * @param {import('./admin-api.js').Status} status
 */
function partsDown(parts, { draining, mediaWorkers }) {
  const told = new Set([
    ...(draining ? ['accepting'] : []),
    ...(mediaWorkers.every(({ ready }) => ready) ? [] : ['media_workers', 'media_ports']),
  ]);
  return Object.keys(parts).filter((part) => parts[part]?.status === 'down' && !told.has(part));
}
