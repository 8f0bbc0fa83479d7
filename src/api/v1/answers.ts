import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';

type ResponseSchema = Extract<Parameters<typeof ApiResponse>[0], { schema: unknown }>['schema'];

/** Documents what a call answers, in OpenAPI. */
export const Answers = (status: number, schema: z.ZodType, description = '') =>
  ApiResponse({
    status,
    description,
    schema: z.toJSONSchema(schema, { target: 'openapi-3.0' }) as ResponseSchema,
  });
