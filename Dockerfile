# Enfilade's image: the server, its locked dependencies, and a Python. It stands on a Postgres and a store of others
# (docker-compose.yml). Its root may be read-only; only /tmp must be writable.
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
# A second lock file to install: requirements-telemetry.txt, for traces.
ARG EXTRA_LOCK=
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
# The environment has no pip of its own: this stage's installs into it. Wheels only, so no compiler is needed.
RUN python -m venv --without-pip /opt/enfilade
COPY requirements*.txt ./
RUN python -m pip --python /opt/enfilade/bin/python install --quiet --only-binary :all: --require-hashes \
        --requirement requirements.txt ${EXTRA_LOCK:+--requirement "$EXTRA_LOCK"}
# What builds our own wheel is locked, too, among the developers' dependencies.
RUN awk '/^[a-z]/ { ours = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/ } ours' requirements-dev.txt >builders.txt \
    && python -m venv builders \
    && builders/bin/python -m pip install --quiet --only-binary :all: --require-hashes --requirement builders.txt
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY migrations migrations
RUN builders/bin/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir wheels . \
    && python -m pip --python /opt/enfilade/bin/python install --quiet --no-deps wheels/*.whl \
    && python -m pip --python /opt/enfilade/bin/python check \
    && /opt/enfilade/bin/python -m compileall -q /opt/enfilade

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Enfilade" \
      org.opencontainers.image.description="One self-hosted server that speaks three foreign REST APIs for rooms" \
      org.opencontainers.image.licenses="Apache-2.0"
# Python's own library comes without bytecode, and the user below could not keep any; pip is of no use here.
RUN library="$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
    && rm -rf "$library"/ensurepip "$library"/site-packages/pip* /usr/local/bin/pip* \
    && python -m compileall -q -x '/(idlelib|lib2to3|pydoc_data|site-packages|test|tkinter|turtledemo)/' "$library" \
    && groupadd --gid 10001 enfilade \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin enfilade \
    && install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /opt/enfilade /opt/enfilade
# /data is used only where ENFILADE_BLOBS_URL does not say that files lie elsewhere.
ENV PATH="/opt/enfilade/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ENFILADE_HOST=0.0.0.0 \
    ENFILADE_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
EXPOSE 10000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s --retries=3 CMD ["enfilade", "health"]
ENTRYPOINT ["enfilade"]
CMD ["serve"]
