# syntax=docker/dockerfile:1
# One image for web, live, the workers, the scheduler and migrations.
# Nothing is compiled: every dependency is a wheel or pure Python.
FROM python:3.13.7-slim-trixie AS wheels
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --require-hashes -r /tmp/requirements.txt

FROM wheels AS demo-wheels
COPY requirements-demo.txt /tmp/requirements-demo.txt
RUN /opt/venv/bin/pip install --require-hashes -r /tmp/requirements-demo.txt

FROM python:3.13.7-slim-trixie AS base
# For `flask ops`: Debian 13 has the client of the PostgreSQL in docker-compose.yml.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOLDFAST_HOME=/tmp/holdfast
RUN groupadd --gid 10001 holdfast \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin holdfast
WORKDIR /srv/holdfast
# SIGTERM lets gunicorn finish what it has (graceful_timeout 10 s), and a worker its job.
STOPSIGNAL SIGTERM
COPY app app
COPY migrations migrations
COPY static static
COPY templates templates
COPY deploy/gunicorn.conf.py deploy/live.conf.py deploy/
COPY wsgi.py live.py worker.py scheduler.py ./
# Else each process would compile all of it at its start: none of them may write here.
RUN python -m compileall -q app
USER 10001:10001

# The mail catcher and the simulators of the profile `demo`: a shop that sells has no use for them, so they are not in its image.
FROM base AS demo
COPY --from=demo-wheels /opt/venv /opt/venv
COPY devstack devstack

# The last one is what is built when no target is named.
FROM base AS holdfast
COPY --from=wheels /opt/venv /opt/venv
EXPOSE 8000 8028
# Of the default command; docker-compose.yml has one for each service.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENV BIND=0.0.0.0:8000
CMD ["gunicorn", "-c", "deploy/gunicorn.conf.py", "wsgi:app"]
