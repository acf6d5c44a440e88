/** Keeps the screen awake (Screen Wake Lock API), where the browser can: phones stop microphones behind a dark screen. */
export class WakeLock {
  #wanted = false;
  /** @type {WakeLockSentinel | undefined} */
  #sentinel;

  acquire() {
    if (this.#wanted) return;
    this.#wanted = true;
    document.addEventListener('visibilitychange', this.#request);
    this.#request();
  }

  release() {
    if (!this.#wanted) return;
    this.#wanted = false;
    document.removeEventListener('visibilitychange', this.#request);
    this.#drop();
  }

  // The browser takes the lock back whenever the page is hidden, so it is asked for again.
  #request = () => {
    if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
    navigator.wakeLock.request('screen').then(
      (sentinel) => {
        this.#drop();
        this.#sentinel = sentinel;
        if (!this.#wanted) this.#drop();
      },
      // Refused, for instance by battery saving: the broadcast goes on without it.
      () => {},
    );
  };

  #drop() {
    this.#sentinel?.release().catch(() => {});
    this.#sentinel = undefined;
  }
}
