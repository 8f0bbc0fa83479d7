import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  namesAnyUser,
  templateProblem,
  userIdOf,
} from '../../../../src/business-auth/federation/user-id-template.js';
import { isSlug } from '../../../../src/common/identifiers.js';

// Few characters, so that what one name ends with is what another id begins with.
const name = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 4 }).filter(isSlug);
const id = fc.string({ unit: fc.constantFrom('a', 'b', '-', '/', '{', '}', '$'), maxLength: 6 });
const piece = fc.constantFrom('a', '-', '/', ':', '{id}', '{name}', '{', '}');
const template = fc
  .tuple(fc.constantFrom('{name}', ''), fc.array(piece, { maxLength: 6 }))
  .map(([front, pieces]) => front + pieces.join(''));

test('two issuers never speak of one user, whatever their accepted templates are', () => {
  let compared = 0;
  const isOwn = (text: string, issuer: string) =>
    templateProblem(text, issuer) === undefined && !namesAnyUser(text, issuer);
  const user = fc.tuple(template, name, id).filter(([text, issuer]) => isOwn(text, issuer));
  fc.assert(
    fc.property(user, user, ([textOne, one, ofOne], [textTwo, two, ofTwo]) => {
      fc.pre(one !== two);
      compared += 1;
      const first = userIdOf({ name: one, userIdTemplate: textOne }, ofOne);
      const second = userIdOf({ name: two, userIdTemplate: textTwo }, ofTwo);
      expect(first).not.toBe(second);
    }),
    { numRuns: 5000, maxSkipsPerRun: 1000 },
  );
  expect(compared).toBeGreaterThan(1000);
});

test('two people of one issuer are never one user, by any accepted template', () => {
  fc.assert(
    fc.property(template, name, id, id, (text, issuer, one, two) => {
      fc.pre(one !== two && templateProblem(text, issuer) === undefined);
      const row = { name: issuer, userIdTemplate: text };
      expect(userIdOf(row, one)).not.toBe(userIdOf(row, two));
    }),
    { numRuns: 2000, maxSkipsPerRun: 1000 },
  );
});

test('a stranger’s text is put in as it is', () => {
  const row = { name: 'acme', userIdTemplate: '{name}/{id}' };
  for (const text of ['{name}', '{id}', '$&', '$1', "$'", '../root', '__proto__']) {
    expect(userIdOf(row, text)).toBe(`acme/${text}`);
  }
});

test.each([
  ['{name}/{id}', true],
  ['{id}@{name}', true],
  ['staff:{name}:{id}', true],
  ['{name}-/{id}', true],
  ['{id}', true],
  ['user-{id}', true],
  ['{name}', false],
  ['', false],
  ['{id}{id}', false],
  ['{name}{id}', false],
  ['{name}-{id}', false],
  ['{id}x{name}', false],
  ['{name}/{name}/{id}', false],
  ['{name}/{id}/{mail}', false],
  ['{name}/{id', false],
  ['{name}\u0000{id}', false],
])('the template %j: %s', (text, isAccepted) => {
  expect(templateProblem(text, 'acme') === undefined).toBe(isAccepted);
});

test.each([
  ['{name}/{id}', 'acme', false],
  ['{name}_{id}', 'acme', false],
  ['{name}_{id}', 'usr', true],
  ['{name}/{id}', 'usr', false],
  ['{name}-x/{id}', 'acme', true],
  ['{id}@{name}', 'acme', true],
  ['x-{name}.{id}', 'acme', true],
  ['{id}', 'acme', true],
])('whether %j of %s names users that are not its own: %s', (text, issuer, names) => {
  expect(namesAnyUser(text, issuer)).toBe(names);
});

test('a template must leave room for an id', () => {
  const longName = 'n'.repeat(62);
  expect(templateProblem('{name}/{id}', longName)).toBeUndefined();
  expect(templateProblem('{name}/{id}', `${longName}n`)).toMatch(/longer than 64/);
});
