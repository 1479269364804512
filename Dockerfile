# The desk, served by a user without rights. The encoder is built in a first stage, of which only its folder is kept.
FROM python:3.11-slim AS build
WORKDIR /srv/pole-sud
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements/build.txt requirements/
RUN pip install --require-hashes --requirement requirements/build.txt
COPY api/build/wheels.txt api/build/
RUN pip download --no-deps --require-hashes --only-binary=:all: --platform manylinux2014_x86_64 \
        --dest var/wheels --requirement api/build/wheels.txt
COPY api/__init__.py api/
COPY api/build api/build
COPY api/resources api/resources
RUN python -m api.build.encoder var/wheels var/encoder

FROM python:3.11-slim
WORKDIR /srv/pole-sud
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1
COPY requirements/serve.txt requirements/
RUN pip install --require-hashes --requirement requirements/serve.txt
RUN useradd --system --uid 1000 --home-dir /srv/pole-sud --no-create-home pole-sud \
    && install --directory --owner pole-sud --mode 0700 var
COPY --from=build /srv/pole-sud/var/encoder /srv/pole-sud/encoder
COPY api api
COPY matcher matcher
COPY models models
COPY fixtures fixtures
COPY LICENSE README.md ./
# Who serves may not write beside the code: uncompiled, it would be compiled at each start, a second and a half.
RUN python -m compileall -q api matcher models
# The encoder lies outside of var/, which a volume hides.
ENV POLESUD_ENCODER=/srv/pole-sud/encoder POLESUD_HOST=0.0.0.0 ORT_DISABLE_TELEMETRY=1
USER pole-sud
VOLUME /srv/pole-sud/var
EXPOSE 8026
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8026/health')"]
# Files in var/ are for their owner alone.
ENTRYPOINT ["sh", "-c", "umask 0077 && exec python -m api.cli \"$@\"", "api.cli"]
CMD ["serve"]
