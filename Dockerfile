# One recipe, one image for each part: PINS names a file of requirements/.
#   docker build --build-arg PINS=producer   -t colourway:producer .
#   docker build --build-arg PINS=worker     -t colourway:worker .
#   docker build --build-arg PINS=worker-gpu -t colourway:worker-gpu .
ARG PYTHON=3.12

FROM python:${PYTHON}-slim AS build
WORKDIR /build
COPY requirements/build.txt requirements/
RUN python -m pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/build.txt

# The pins come before the source, so that a change of code does not fetch TensorFlow again.
ARG PINS=producer
COPY requirements/${PINS}.txt requirements/
RUN uv venv /opt/colourway \
    && uv pip install --no-cache --python /opt/colourway/bin/python \
        --require-hashes --no-deps --only-binary :all: --compile-bytecode \
        -r requirements/${PINS}.txt

COPY pyproject.toml README.md LICENSE ./
COPY colourway colourway
COPY shared shared
COPY producer producer
COPY web web
COPY worker worker
COPY migrations migrations
RUN python -m pip wheel --no-index --no-deps --no-build-isolation --wheel-dir dist . \
    && uv pip install --no-cache --no-index --no-deps --compile-bytecode \
        --python /opt/colourway/bin/python dist/*.whl

FROM python:${PYTHON}-slim
# What a volume may be mounted on: it takes the owner of the folder.
RUN useradd --uid 10001 --create-home colourway \
    && install --directory --owner colourway --group colourway /cache /exports
COPY --from=build /opt/colourway /opt/colourway
ENV PATH=/opt/colourway/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
# By number, so that whoever runs it can tell that it is not root.
USER 10001:10001
WORKDIR /home/colourway
ENTRYPOINT ["colourway"]
CMD ["--help"]
