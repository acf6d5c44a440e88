/* global Response */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AdminSession } from '../../public/pages/admin/session.js';

describe('what an admin does', () => {
  /** @type {Record<string, () => Response>} by method and path; whatever is not here has no connection */
  let answers;
  let session;

  beforeEach(() => {
    answers = {};
    vi.stubGlobal('fetch', async (path, { method }) => {
      const answer = answers[`${method} ${path}`];
      if (!answer) throw new TypeError('no connection');
      return answer();
    });
    session = new AdminSession('a-key', { onStatus: vi.fn(), onBans: vi.fn() });
  });
  afterEach(() => {
    session.close();
    vi.unstubAllGlobals();
  });

  const done = () => new Response(null, { status: 204 });
  const refused = () => Response.json({ code: 'forbidden' }, { status: 403 });

  describe.each([
    ['maintenance', 'POST /maintenance', () => session.setMaintenance(true)],
    ['lifting a ban', 'DELETE /admin/bans/b1', () => session.liftBan('b1')],
  ])('%s', (_, call, act) => {
    it('worked when it did, although the reading after it failed', async () => {
      answers[call] = done;
      await act();
    });

    it('did not work when it was refused', async () => {
      answers[call] = refused;
      await expect(act()).rejects.toMatchObject({ status: 403 });
    });
  });

  it('shows at once what it changed', async () => {
    answers['DELETE /admin/bans/b1'] = done;
    answers['GET /admin/bans'] = () => Response.json({ total: 0, bans: [] });
    await session.liftBan('b1');
    expect(session.handlers.onBans).toHaveBeenCalledWith({ total: 0, bans: [] });
  });
});
