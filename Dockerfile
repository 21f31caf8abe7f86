# Repick's web server, workers and scheduler: one image, the command makes the difference. docs/deployment.md tells how to use it.
FROM python:3.11-slim

# PyTorch's default build serves NVIDIA cards and CPUs. Hosts without a card can have a much smaller image of its CPU build:
# --build-arg TORCH_INDEX_URL=… with the address that pytorch.org gives.
ARG TORCH=torch==2.13.0
ARG TORCH_INDEX_URL=

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

RUN groupadd --gid 10001 repick \
    && useradd --uid 10001 --gid repick --no-create-home --home-dir /var/lib/repick --shell /usr/sbin/nologin repick \
    && install --directory --owner repick --group repick /var/lib/repick /srv/repick/static-collected

WORKDIR /srv/repick

# First what changes least, so that a new version of Repick does not download PyTorch again.
RUN pip install ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} "$TORCH"
COPY pyproject.toml README.md ./
RUN pip install ".[s3]"

COPY --chown=repick:repick manage.py ./
COPY --chown=repick:repick webapp webapp
COPY --chown=repick:repick labeling labeling
COPY --chown=repick:repick training training
COPY --chown=repick:repick templates templates
COPY --chown=repick:repick static static

ENV REPICK_DATA_DIR=/var/lib/repick REPICK_STATIC_ROOT=/srv/repick/static-collected
USER repick
# Hashed and compressed once, at build time. The address and the key only satisfy the settings; nothing is connected to or signed.
RUN DATABASE_URL=postgres://build@localhost/build CELERY_BROKER_URL=redis://localhost/0 \
    REPICK_SECRET_KEY=only-for-collecting-static-files REPICK_ALLOWED_HOSTS=localhost \
    python manage.py collectstatic --noinput --verbosity 0

VOLUME /var/lib/repick
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "webapp.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--timeout", "120"]
