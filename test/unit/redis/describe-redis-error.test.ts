import { expect, test } from 'vitest';
import { describeRedisError } from '../../../src/stores/redis/describe-redis-error.js';

const SECRET = 'hunter-two';

test('what is logged of an error keeps its reason and code', () => {
  const error = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {
    code: 'ECONNREFUSED',
  });
  expect(describeRedisError(error)).toMatchObject({ message: error.message, code: 'ECONNREFUSED' });
});

test('what is logged of an error holds neither the arguments of a command nor the password', () => {
  const errors = [
    Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: [SECRET] } }),
    new Error(`ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'x' '${SECRET}'`),
    new Error(`Something with ${SECRET} in it`),
    Object.assign(new Error('outer'), { lastNodeError: new Error(`inner ${SECRET}`) }),
    new AggregateError([new Error(`inner ${SECRET}`)]),
  ];
  for (const error of errors) {
    const described = describeRedisError(error, { password: SECRET });
    const all = JSON.stringify({
      ...described,
      message: described.message,
      stack: described.stack,
    });
    expect(all).not.toContain(SECRET);
  }
});

test('what is thrown but is no error is described, too', () => {
  expect(describeRedisError(SECRET).message).toBe('unknown error');
});
