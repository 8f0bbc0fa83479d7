import { readFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { fastify, type FastifyReply, type FastifyRequest } from 'fastify';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { Logger } from 'pino';
import { addHotCalls } from './api/hot-calls.js';
import { withHotCalls } from './api/hot-calls.openapi.js';
import { divertHotCalls } from './api/hot-lane.js';
import { addDialectHook } from './api/dialect.hook.js';
import { addMethodHook } from './api/method.hook.js';
import { addPagesHook } from './api/pages.hook.js';
import { completed } from './api/openapi.js';
import { addDrain } from './api/drain.hook.js';
import { sendError } from './api/send-error.js';
import { AppModule } from './app.module.js';
import type { Broker } from './broker.js';
import type { Config } from './config/config.js';
import { NestLogger } from './nest-logger.js';

/** Bytes of a request body, at most: a thousand mints with every field at its longest. */
const BODY_LIMIT = 2 * 1024 * 1024;

/** The broker over HTTP, not yet listening. */
export async function createHttpServer(
  broker: Broker,
  logger: Logger,
): Promise<NestFastifyApplication> {
  const options = {
    bodyLimit: BODY_LIMIT,
    trustProxy: trustProxy(broker.config),
    forceCloseConnections: 'idle' as const,
    return503OnClosing: false,
    // A user id of 64 characters, each of which may take twelve in a path.
    routerOptions: { maxParamLength: 64 * 12 },
    // Of paths that the router cannot take.
    frameworkErrors: (thrown: unknown, request: FastifyRequest, reply: FastifyReply) =>
      sendError(request, reply, thrown, broker.log),
  };
  const server = fastify({ ...options, ...tls(broker.config) });
  const lane = fastify(options);
  addDrain(server, lane);
  for (const each of [server, lane]) {
    await addPagesHook(each, broker.config.http.pageOrigins);
    addDialectHook(each);
    // After it: a browser's preflight is answered by the dialect.
    addMethodHook(each);
    // Their error handler is not for Nest's routes.
    await each.register((routes, _options, done) => {
      addHotCalls(routes, broker);
      done();
    });
  }
  await lane.ready();
  divertHotCalls(server, lane);
  const adapter = new FastifyAdapter(server);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.of(broker), adapter, {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  addOpenApi(app, broker.config);
  await app.init();
  return app;
}

function trustProxy({ http }: Config): string[] | false {
  return http.trustedProxies.length === 0 ? false : [...http.trustedProxies];
}

function tls({ http }: Config): { https?: { cert: Buffer; key: Buffer } } {
  const { certFile, keyFile } = http.tls;
  if (certFile === undefined || keyFile === undefined) return {};
  return { https: { cert: readFileSync(certFile), key: readFileSync(keyFile) } };
}

function addOpenApi(app: NestFastifyApplication, { server }: Config): void {
  const document = new DocumentBuilder()
    .setTitle('Countersign')
    .setDescription('A credential broker for instant messaging')
    .setVersion('0.1.0')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer(server.publicUrl)
    .addBearerAuth({ type: 'http', bearerFormat: 'JWT', description: 'An admin token' }, 'admin')
    .addBearerAuth({ type: 'http', bearerFormat: 'JWT', description: 'A user token' }, 'user')
    .addBearerAuth(
      { type: 'http', bearerFormat: 'JWT', description: 'A business access token' },
      'business',
    )
    .addSecurity('businessDpop', {
      type: 'http',
      scheme: 'dpop',
      description: 'A business access token that is bound to a key, with a proof of the key',
    })
    .addBasicAuth({ type: 'http', description: 'App id and app secret' }, 'app')
    .build();
  SwaggerModule.setup(
    'docs',
    app,
    () => completed(withHotCalls(SwaggerModule.createDocument(app, document))),
    {
      jsonDocumentUrl: 'openapi.json',
    },
  );
}
