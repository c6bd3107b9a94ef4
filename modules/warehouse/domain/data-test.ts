import { z } from 'zod';

/** A rule that a model's rows must keep, declared beside the model. */
export const dataTest = z.strictObject({});
