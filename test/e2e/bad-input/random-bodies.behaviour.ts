import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BadSetting, call } from './bad-setting.js';
import { ENDPOINTS, type Endpoint, withField } from './endpoints.js';
import { expectNoInnerText } from './expect-clean.js';

const RUNS = 40;

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.constantFrom('', '__proto__', 'constructor', '\u0000', '\ud800', 'imAdmin', '0', '1e999'),
);
const anyValue = fc.oneof(
  fc.jsonValue(),
  anyText,
  fc.integer(),
  fc.double(),
  fc.array(anyText),
  fc.dictionary(anyText, fc.jsonValue()),
);

/** A body that is right in some fields and anything in the others, or anything at all. */
function anyBody({ body, fields }: Endpoint): fc.Arbitrary<unknown> {
  const spoilt = fc
    .uniqueArray(fc.constantFrom(...Object.keys(fields)), { minLength: 1, maxLength: 3 })
    .chain((names) =>
      fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), anyValue))).map((changes) =>
        // The longer first: they lead into what the shorter replace.
        changes
          .toSorted(([a], [b]) => b.length - a.length)
          .reduce<unknown>(
            (spoiling, [name, value]) => withField(spoiling as Endpoint['body'], name, value),
            body,
          ),
      ),
    );
  return fc.oneof({ weight: 3, arbitrary: spoilt }, { weight: 1, arbitrary: anyValue });
}

export function randomBodiesBehaviour(setting: BadSetting): void {
  describe.each(ENDPOINTS)('$method $path', (endpoint) => {
    test('answers any JSON in its own dialect, and never with an error of its own', async () => {
      await fc.assert(
        fc.asyncProperty(anyBody(endpoint), async (body) => {
          const answer = await call(setting(), endpoint, JSON.stringify(body) ?? 'null');
          const { errCode } = answer.json<{ errCode?: number }>();

          expect(answer.status).toBeLessThan(500);
          if (endpoint.dialect === 'openim') {
            expect(answer.status).toBe(200);
            expect(errCode).not.toBe(500);
            if (errCode !== 0) expectNoInnerText({ ...answer, text: withoutEcho(answer.text) });
          } else if (answer.status >= 400) {
            expect(answer.headers['content-type']).toContain('application/problem+json');
          }
        }),
        { numRuns: RUNS },
      );
    });
  });
}

/** What is left of an answer when the names that the request itself came up with are taken out. */
function withoutEcho(text: string): string {
  return text.replaceAll(/"errDlt":"(?:[^"\\]|\\.)*"/g, '');
}
