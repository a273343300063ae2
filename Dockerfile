# Waypost as an image: `docker build --tag waypost .`
#
# Stages: the client is built, the server's production dependencies are installed, and the last one has what runs and
# nothing else: no npm, no compiler, no test. Node runs the TypeScript as it is.
# To pin the base: --build-arg NODE_IMAGE=node@sha256:… (any Debian-based image of Node 24.12 or newer).

ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS client
WORKDIR /build
COPY package.json package-lock.json .npmrc tsconfig.json ./
COPY packages/lexicon/package.json packages/lexicon/
COPY packages/places/package.json packages/places/
COPY packages/web/package.json packages/web/
RUN npm ci --workspace @waypost/web --no-audit --no-fund
COPY lexicons lexicons
COPY packages/lexicon packages/lexicon
COPY packages/places packages/places
COPY packages/web packages/web
RUN npm run --silent --workspace @waypost/web build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY packages/engine/package.json packages/engine/
COPY packages/gossip/package.json packages/gossip/
COPY packages/kernel/package.json packages/kernel/
COPY packages/lexicon/package.json packages/lexicon/
COPY packages/places/package.json packages/places/
COPY packages/server/package.json packages/server/
RUN npm ci --omit=dev --workspace @waypost/server --no-audit --no-fund

FROM ${NODE_IMAGE}
# What the base brings along to install and to build with. The folder of data is the one place that is written to.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg /usr/local/include/node /opt/yarn-* \
    && mkdir /data && chown 1000:1000 /data
WORKDIR /app
COPY --from=dependencies /build/node_modules node_modules
COPY package.json LICENSE ./
COPY lexicons lexicons
COPY packages/engine packages/engine
COPY packages/gossip packages/gossip
COPY packages/kernel packages/kernel
COPY packages/lexicon packages/lexicon
COPY packages/places packages/places
COPY packages/server packages/server
COPY --from=client /build/packages/web/dist packages/web/dist

ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/data/compiled \
    WAYPOST_DATA=/data \
    WAYPOST_HOST=0.0.0.0 \
    WAYPOST_PORT=4000 \
    WAYPOST_WEB=/app/packages/web/dist
EXPOSE 4000
VOLUME /data
# By number, so that an orchestrator can see that it is not root.
USER 1000:1000
# Alive, not ready: a server that catches up with its log must not be killed for it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.WAYPOST_PORT}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/packages/server/src/main.ts"]
CMD ["serve"]
