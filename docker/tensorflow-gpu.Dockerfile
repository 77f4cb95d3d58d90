# The service with TensorFlow on an NVIDIA GPU. Build from the repository's root:
#     docker build -t hemoserve-tensorflow-gpu -f docker/tensorflow-gpu.Dockerfile .
# The host needs NVIDIA's driver and container toolkit; CUDA is in the image. For the CPU: --build-arg VARIANT=
FROM node:22.23.3-bookworm AS build
ARG VARIANT=--gpu
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends g++ python3-pip && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
COPY workbench/package.json ./workbench/
RUN npm ci
COPY runtimes ./runtimes
RUN bash runtimes/tensorflow/setup.sh ${VARIANT}
COPY tsconfig.json tsconfig.build.json ./
COPY workbench ./workbench
COPY src ./src
RUN npm run build && npm prune --omit=dev && npm sbom --package-lock-only --omit=dev --sbom-format=cyclonedx > sbom.cdx.json

FROM node:22.23.3-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 HEMOSERVE_ENGINE=tensorflow HEMOSERVE_DEVICE=gpu
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
# Decodes JPEGs in less time than libvips does.
RUN apt-get update && apt-get install -y --no-install-recommends libturbojpeg0 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json /app/sbom.cdx.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/runtimes ./runtimes
COPY --from=build /app/dist ./dist
COPY scripts/start.sh scripts/healthy.mjs ./scripts/
COPY models ./models
COPY config ./config
RUN install -d -o 1000 -g 1000 data
VOLUME /app/data
USER 1000:1000
EXPOSE 3000
# The first run at each batch size takes seconds on a GPU.
HEALTHCHECK --interval=10s --timeout=3s --start-period=300s \
  CMD ["node", "scripts/healthy.mjs"]
CMD ["scripts/start.sh"]
