import { useLayoutEffect, useState } from 'preact/hooks';

/** The width of an element in CSS pixels, kept up to date; 0 before it is there. */
export function useWidth(element: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const measure = (): void => setWidth(element.current!.clientWidth);
    const observer = new ResizeObserver(measure);
    observer.observe(element.current!);
    measure();
    return () => observer.disconnect();
  }, []);
  return width;
}
