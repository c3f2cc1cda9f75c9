# One image for web, worker, scheduler and migrate; docker-compose.yml says which. The stage `demo`
# adds embedded servers and the provider city: docker-compose.dev.yml, never production.
# Pinned by version here; a release pins the base by digest (docs/operations.md).
FROM python:3.13.7-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
WORKDIR /app
COPY requirements.lock pyproject.toml ./
# the lock holds tools for tests too: the image takes only what the program itself needs
RUN python -m venv /app/.venv \
 && pip install "$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements.lock)" \
 && uv pip compile --quiet pyproject.toml --constraints requirements.lock --generate-hashes \
      --output-file /tmp/production.lock \
 && uv pip sync --quiet --python /app/.venv/bin/python --require-hashes /tmp/production.lock

FROM build AS build-demo
RUN uv pip compile --quiet pyproject.toml --extra trial --constraints requirements.lock \
      --generate-hashes --output-file /tmp/demo.lock \
 && uv pip sync --quiet --python /app/.venv/bin/python --require-hashes /tmp/demo.lock

FROM python:3.13.7-slim-bookworm AS demo
RUN groupadd --gid 10001 vishenka \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent \
      --shell /usr/sbin/nologin vishenka \
 && mkdir /data && chown 10001:10001 /data
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    VISHENKA_MODE=dev VISHENKA_LISTEN=0.0.0.0:8080 VISHENKA_CITY_LISTEN=0.0.0.0:8090
WORKDIR /app
COPY --from=build-demo /app/.venv /app/.venv
COPY main.py pyproject.toml ./
COPY locales locales
COPY migrations migrations
COPY services services
COPY handlers handlers
COPY bot bot
COPY webapp webapp
COPY sandbox sandbox
USER 10001:10001
EXPOSE 8080 8090
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "main.py"]
CMD ["all", "--data", "/data"]

FROM python:3.13.7-slim-bookworm
LABEL org.opencontainers.image.title="Vishenka" \
      org.opencontainers.image.description="Avito chats and campaigns in a business's Telegram"
RUN groupadd --gid 10001 vishenka \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent \
      --shell /usr/sbin/nologin vishenka \
 && mkdir /files && chown 10001:10001 /files
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    VISHENKA_MODE=prod VISHENKA_LOG_FORMAT=json VISHENKA_LISTEN=0.0.0.0:8080 \
    VISHENKA_FILES_DIR=/files
WORKDIR /app
COPY --from=build /app/.venv /app/.venv
COPY main.py pyproject.toml ./
COPY locales locales
COPY migrations migrations
COPY services services
COPY handlers handlers
COPY bot bot
COPY webapp webapp
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "main.py"]
CMD ["web"]
