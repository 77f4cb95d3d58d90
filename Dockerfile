# Build from the repository's root: docker build -t hemoserve .
FROM node:22.23.3-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY workbench/package.json ./workbench/
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY workbench ./workbench
COPY src ./src
RUN npm run build && npm prune --omit=dev && npm sbom --package-lock-only --omit=dev --sbom-format=cyclonedx > sbom.cdx.json

FROM node:22.23.3-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0
# Decodes JPEGs in less time than libvips does.
RUN apt-get update && apt-get install -y --no-install-recommends libturbojpeg0 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json /app/sbom.cdx.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY scripts/start.sh scripts/healthy.mjs ./scripts/
COPY models ./models
COPY config ./config
# The one folder that it writes to, for slides; everything else may be read only, with /tmp in memory.
RUN install -d -o 1000 -g 1000 data
VOLUME /app/data
USER 1000:1000
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "scripts/healthy.mjs"]
CMD ["scripts/start.sh"]
