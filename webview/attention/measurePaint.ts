/**
 * Notes how long it took from `started` until the next frame was painted, as an entry of the performance timeline
 * (milliseconds), for the benchmark and for whoever opens the developer tools.
 */
export function measurePaint(name: string, started: number): void {
  requestAnimationFrame(() => {
    // A message is handled after the frame was painted.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      performance.clearMeasures(name);
      performance.measure(name, { start: started });
      port1.close();
    };
    port2.postMessage(null);
  });
}
