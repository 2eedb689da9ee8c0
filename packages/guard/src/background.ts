// Timers that do not keep a process alive, on the runtimes where a timer can.

/** Lets the process end although this timer is set. */
export function background<Timer>(timer: Timer): Timer {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref()
  return timer
}
