import { useEffect, useLayoutEffect, useState } from 'preact/hooks';

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

/** The height of the view in CSS pixels, kept up to date. */
export function useWindowHeight(): number {
  const [height, setHeight] = useState(window.innerHeight);
  useEffect(() => {
    const measure = (): void => setHeight(window.innerHeight);
    window.addEventListener('resize', measure);
    return () => window.removeEventListener('resize', measure);
  }, []);
  return height;
}

/** Whether the view is at least so many CSS pixels wide, kept up to date. */
export function useIsWide(least: number): boolean {
  const [isWide, setIsWide] = useState(window.innerWidth >= least);
  useEffect(() => {
    const measure = (): void => setIsWide(window.innerWidth >= least);
    window.addEventListener('resize', measure);
    return () => window.removeEventListener('resize', measure);
  }, [least]);
  return isWide;
}
