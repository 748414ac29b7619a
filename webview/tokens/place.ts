/** What the view keeps of itself. */
export interface Place {
  tab: 'ids' | 'input' | 'other';
  /** Token boundaries are marked in the editor. */
  marking: boolean;
  /** Tokens that a window of a long text shares with the one before. */
  stride: number;
}

/** What was kept; an older version may have kept something else. */
export function placeFrom(kept: unknown): Place {
  const { tab, marking, stride } = (kept ?? {}) as Partial<Place>;
  return {
    tab: tab === 'input' || tab === 'other' ? tab : 'ids',
    marking: marking === true,
    stride: typeof stride === 'number' ? stride : 0,
  };
}
