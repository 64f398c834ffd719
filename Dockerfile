# syntax=docker/dockerfile:1
FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PATH=/opt/tellusonce/bin:$PATH
RUN python -m venv /opt/tellusonce
WORKDIR /src
COPY requirements.txt .
RUN pip install --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY templates templates
COPY workers workers
COPY tellusonce tellusonce
RUN python -m hatchling build -t wheel -d /tmp/dist && pip install --no-deps /tmp/dist/*.whl

FROM python:3.12-slim
RUN groupadd --gid 10001 tellusonce \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/tellusonce --shell /usr/sbin/nologin tellusonce \
    && install --directory --mode 700 --owner 10001 --group 10001 /var/lib/tellusonce /var/lib/checkpoints
COPY --from=build /opt/tellusonce /opt/tellusonce
ENV PATH=/opt/tellusonce/bin:$PATH PYTHONUNBUFFERED=1 TELLUSONCE_DATA_DIR=/var/lib/tellusonce
USER 10001:10001
WORKDIR /var/lib/tellusonce
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
# The API; a worker is `celery -A workers worker`, a beat `celery -A workers beat --pidfile=`: see compose.yaml.
CMD ["uvicorn", "--factory", "tellusonce.web.app:create_app", "--host", "0.0.0.0", "--port", "8000", \
    "--http", "tellusonce.web.connections:BoundedHttp", "--limit-concurrency", "1000", \
    "--no-access-log", "--no-server-header", "--log-level", "warning"]
