import { randomBytes } from 'node:crypto';
import { Logger as NestFacade } from '@nestjs/common';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/log.js';
import { NestLogger } from '../../../src/nest-logger.js';
import { jwtLike } from './jwt-like.js';

type Level = Parameters<typeof createLogger>[0]['server']['logLevel'];

function capture(environment = 'production', logLevel: Level = 'trace') {
  const lines: string[] = [];
  const logger = createLogger(
    { environment, server: { logLevel } },
    { write: (line) => lines.push(line) },
  );
  return {
    logger,
    text: () => lines.join(''),
    json: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

describe('in production', () => {
  it('a line is JSON with level, time, message and fields', () => {
    const { logger, json } = capture();
    logger.info({ userId: 'u1' }, 'minted');
    expect(json()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        pid: process.pid,
        userId: 'u1',
        msg: 'minted',
      },
    ]);
  });

  it('what is below the level is not written', () => {
    const { logger, text } = capture('production', 'warn');
    logger.info('no');
    logger.warn('yes');
    expect(text()).not.toContain('"no"');
    expect(text()).toContain('"yes"');
  });

  it('errors keep their stack and causes', () => {
    const { logger, json } = capture();
    logger.error(new Error('outer', { cause: new Error('inner') }));
    expect(json()[0]).toMatchObject({
      msg: 'outer',
      err: { type: 'Error', message: 'outer', cause: { message: 'inner' } },
    });
  });
});

describe.each(['production', 'development'])('secrets in %s', (environment) => {
  it('no token reaches a line by message, field, error or child', () => {
    fc.assert(
      fc.property(jwtLike, fc.string(), (token, around) => {
        const { logger, text } = capture(environment);
        logger.info(`${around}\n${token}`);
        logger.info({ note: `${around}${token}` }, 'field');
        logger.error({ err: new Error(token, { cause: new Error(token) }) }, 'error');
        logger.error(new Error(token));
        logger.child({ session: token }).info('child');
        logger.info('%s', token);
        expect(text()).not.toContain(token);
      }),
      { numRuns: 50 },
    );
  });

  it('no secret reaches a line by its name', () => {
    const secret = randomBytes(24).toString('base64url');
    const { logger, text } = capture(environment);
    logger.info({ password: secret, body: { clientSecret: secret } }, 'fields');
    logger.info({ headers: { authorization: secret, cookie: secret, token: secret } }, 'headers');
    logger.child({ token: secret }).info('child');
    logger.info('%o', { token: secret });
    expect(text()).not.toContain(secret);
    expect(text().match(/\(hidden\)/g)?.length).toBeGreaterThanOrEqual(6);
  });
});

describe('elsewhere', () => {
  it('a line is for reading', () => {
    const { logger, text } = capture('development');
    logger.info({ context: 'Keys', kid: 'k1' }, 'rotated');
    expect(text()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}\[Keys\] rotated kid="k1"\n$/);
  });

  it('the stack of an error follows', () => {
    const { logger, text } = capture('development');
    logger.error(new Error('broken'));
    expect(text()).toMatch(/ERROR broken\nError: broken\n +at /);
  });

  it('a message can neither forge a line nor steer the terminal', () => {
    const { logger, text } = capture('development');
    logger.info('a\n12:00:00.000 INFO  forged\u001b[2J');
    expect(text().split('\n')).toHaveLength(2);
    expect(text()).toContain(String.raw`a\u000a12:00:00.000 INFO  forged\u001b[2J`);
  });
});

describe("through Nest's Logger", () => {
  afterEach(() => {
    NestFacade.overrideLogger(false);
  });

  function throughNest() {
    const captured = capture();
    NestFacade.overrideLogger(new NestLogger(captured.logger));
    return { ...captured, nest: new NestFacade('Feed') };
  }

  it.each([
    ['log', 'debug'],
    ['warn', 'warn'],
    ['debug', 'debug'],
    ['verbose', 'trace'],
    ['error', 'error'],
    ['fatal', 'fatal'],
  ] as const)('%s is %s, with its context', (method, level) => {
    const { nest, json } = throughNest();
    nest[method]('something');
    expect(json()).toMatchObject([{ level, msg: 'something', context: 'Feed' }]);
  });

  it('objects become fields', () => {
    const { nest, json } = throughNest();
    nest.log('read', { rows: 3, password: 'x' });
    nest.log({ rows: 4 });
    expect(json()).toMatchObject([
      { msg: 'read', rows: 3, password: '(hidden)', context: 'Feed' },
      { rows: 4, context: 'Feed' },
    ]);
  });

  it('errors and stacks become err', () => {
    const { nest, json } = throughNest();
    const error = new Error('lost');
    nest.error(error);
    nest.error('failed', error);
    nest.error('failed', error.stack);
    expect(json()).toMatchObject([
      { msg: 'lost', err: { type: 'Error', stack: error.stack }, context: 'Feed' },
      { msg: 'failed', err: { type: 'Error', stack: error.stack }, context: 'Feed' },
      { msg: 'failed', err: { stack: error.stack }, context: 'Feed' },
    ]);
  });

  it('an error of the broker keeps its code', () => {
    const { nest, json } = throughNest();
    nest.warn('refused', Object.assign(new Error('no'), { code: 'ledger_unavailable' }));
    expect(json()).toMatchObject([{ err: { code: 'ledger_unavailable', message: 'no' } }]);
  });
});
