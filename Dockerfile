# One image for migrate, web, worker and beat; docker-compose.yml says which command each runs.
FROM python:3.13-slim-trixie AS build
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r requirements.txt
COPY . .
# Catalogues and modules are compiled and static files hashed here, so that containers write nothing of their own.
RUN /venv/bin/python -m ecdept.embedded.messages \
    && /venv/bin/python -m compileall -q ecdept office orders catalog cms attendance accounts backups contracts \
    && SECRET_KEY=build ECDEPT_KEYS=k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY= \
       DATABASE_URL=postgres://build@localhost/build REDIS_URL=redis://localhost STATIC_ROOT=/srv/static \
       /venv/bin/python manage.py collectstatic --no-input --verbosity 0

FROM python:3.13-slim-trixie
RUN useradd --uid 10001 --create-home --home-dir /home/ecdept --shell /usr/sbin/nologin ecdept \
    && install -d -o ecdept -g ecdept -m 0700 /home/ecdept/state /home/ecdept/metrics
COPY --from=build /venv /venv
COPY --from=build /app /app
COPY --from=build /srv/static /srv/static
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=ecdept.settings \
    ECDEPT_HOME=/home/ecdept/state \
    STATIC_ROOT=/srv/static \
    SQLITE_TMPDIR=/home/ecdept/state \
    PROMETHEUS_MULTIPROC_DIR=/home/ecdept/metrics
USER ecdept
EXPOSE 8000
CMD ["gunicorn", "--config", "python:ecdept.webserver", "--bind", "0.0.0.0:8000", "ecdept.wsgi"]
