import { InvalidArgumentError } from 'commander';

export const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('A number above zero.');
  return value;
};
export const count = (text: string): number => {
  const value = positive(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('A whole number above zero.');
  return value;
};

export const JSON_OPTION = ['--json', 'print one JSON document on standard output'] as const;
export interface JsonOption {
  json?: boolean;
}
