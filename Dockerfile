# The image of the job in docker-compose.yml: built from this checkout, then only the binary, its libraries and the queries.
FROM debian:12 AS build
WORKDIR /streamql
COPY tools/setup.sh tools/
RUN tools/setup.sh build && rm -rf /var/lib/apt/lists/*
COPY . .
RUN cmake --preset release -D STREAMQL_TESTS=OFF \
    && cmake --build build/release --target streamql \
    && install -D "$(find build/release -name streamql -type f -perm /111)" /image/streamql

FROM debian:12-slim
# tests/tools/test_compose.py compares this list with what the binary links.
RUN apt-get update && apt-get install -y --no-install-recommends \
        ca-certificates libantlr4-runtime4.9 libfmt9 libllvm19 libpq5 libpqxx-6.4 libquadmath0 librdkafka1 libre2-9 \
        libssl3 libstdc++6 libxxhash0 libzstd1 tzdata zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home streamql
COPY --from=build /image/streamql /usr/local/bin/streamql
COPY queries /home/streamql/queries
USER streamql
# beside the queries, which are not its own, nothing can be kept
ENV STREAMQL_STATE_DIR=/home/streamql/streamql-state
WORKDIR /home/streamql
ENTRYPOINT ["streamql"]
