// Keeps the screen on while somebody counts on this page: one that went dark is frozen after some minutes, and rings for nothing.

/** Keep it on until the returned function is called; a browser that cannot, or will not with an empty battery, lets it go dark as ever. */
export function keepAwake(): () => void {
  let held: WakeLockSentinel | null = null;
  let over = false;
  const hold = async (): Promise<void> => {
    if (over || document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    try {
      held = await navigator.wakeLock.request("screen");
    } catch {
      return;
    }
    if (over) void held.release();
  };
  const again = (): void => void hold(); // whoever looks at another page for a moment gives it back
  document.addEventListener("visibilitychange", again);
  again();
  return () => {
    over = true;
    document.removeEventListener("visibilitychange", again);
    void held?.release();
  };
}
