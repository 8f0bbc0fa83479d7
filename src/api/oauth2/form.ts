import { z } from 'zod';

/** A parameter of a form: one given twice is an array there (RFC 6749 §3.2 forbids it). */
export const once = () =>
  z.string({
    error: ({ code, input }) => {
      if (code !== 'invalid_type') return undefined;
      return input === undefined ? 'is missing' : 'must be given once';
    },
  });
