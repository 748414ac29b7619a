import { HeadlightError } from '../../core/errors';

/** Refuses a number that a program asked for, before it is worked with. @throws HeadlightError `WrongUsage`. */
export function requireWithin(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new HeadlightError('WrongUsage', `Give "${name}" as a whole number from 1 to ${most}.`);
}
