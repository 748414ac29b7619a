import type { JSX } from 'preact';
import { IconButton } from '../shared/ui';

interface StepperProps {
  name: string;
  previous: string;
  next: string;
  value: number;
  count: number;
  onChange: (value: number) => void;
}

/** One of a few things in a row, with the way to the one before and after. */
export function Stepper({ name, previous, next, value, count, onChange }: StepperProps): JSX.Element {
  return (
    <span class="stepper">
      <IconButton label={previous} disabled={value === 0} onClick={() => onChange(value - 1)}>
        ‹
      </IconButton>
      <span>{name}</span>
      <IconButton label={next} disabled={value >= count - 1} onClick={() => onChange(value + 1)}>
        ›
      </IconButton>
    </span>
  );
}
