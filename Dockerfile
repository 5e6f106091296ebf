# The server and the operator's tool: docker build --tag polls:latest .
#
# PREBUILT=1 takes the two programs from .build/container/ instead of compiling them here.
FROM swift:6.3-bookworm AS build
ARG PREBUILT=
WORKDIR /src
COPY . .
RUN set -eu; mkdir /out; \
    if [ -n "$PREBUILT" ]; then \
        cp .build/container/polls-server .build/container/polls-admin /out/; \
    else \
        apt-get update; \
        apt-get install -y --no-install-recommends libpq-dev pkg-config; \
        for product in polls-server polls-admin; do \
            swift build -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked -Xlinker -s \
                --product "$product"; \
            cp ".build/release/$product" /out/; \
        done; \
    fi

FROM debian:bookworm-slim
# The client is for `polls-admin psql`.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpq5 libstdc++6 postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin polls \
    && mkdir -p /var/lib/polls/keys \
    && chown polls:polls /var/lib/polls/keys \
    && chmod 700 /var/lib/polls/keys
COPY --from=build /out/ /usr/local/bin/
ENV HOST=0.0.0.0 PORT=8080
USER polls
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["polls-server", "healthcheck"]
CMD ["polls-server"]
