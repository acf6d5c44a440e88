'use strict';
// Loads the page again when one of its scripts did not arrive, as when a phone changes networks just then. A classic
// script that needs no other: it has to run where a module is missing.
{
  const FIRST_WAIT_MS = 1_000;
  const LONGEST_WAIT_MS = 10_000;

  const loadAgain = async () => {
    // The state of the history outlives a reload, and nothing else.
    const reloads = history.state?.reloads ?? 0;
    let waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** reloads);
    for (;;) {
      // Many devices may have lost the same server.
      await new Promise((resolve) => setTimeout(resolve, waitMs * (0.5 + Math.random())));
      // Without an answer, a reload would put the browser's own error in the place of the page.
      const answered = await fetch(location.pathname, { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
      if (answered?.ok) break;
      waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
    }
    history.replaceState({ reloads: reloads + 1 }, '');
    location.reload();
  };

  /** @type {Promise<void> | undefined} */
  let loading;
  // Errors of elements do not bubble, but are captured.
  const onError = (/** @type {Event} */ { target }) => {
    if (target instanceof HTMLScriptElement) loading ??= loadAgain();
  };
  window.addEventListener('error', onError, true);
}
