# The image brings its own Node, so the one that package.json pins (an optional dependency) stays out.
FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=optional --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build

FROM node:26-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund

FROM node:26-slim
# With production come its rules: https, an app secret, TLS here or in a trusted proxy
# (docs/settings.md). HOST is what publishing a port needs.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE NOTICE ./
COPY config config
COPY scripts/container-health.mjs scripts/container-health.mjs
# The embedded ledger and generated secrets; a volume put here belongs to the broker's user.
RUN install -d -o node -g node -m 0700 /data
VOLUME /data
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "scripts/container-health.mjs"]
# Node itself, not npm: SIGTERM must reach the process that drains.
CMD ["node", "dist/main.js"]
