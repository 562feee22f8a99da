FROM debian:trixie-slim AS build
RUN apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates cargo gcc libc6-dev && \
    rm -rf /var/lib/apt/lists/*
WORKDIR /src
ENV CARGO_INCREMENTAL=0 RUSTFLAGS="-C target-feature=+crt-static"
COPY Cargo.toml Cargo.lock ./
COPY libs/shopkit/Cargo.toml libs/shopkit/
COPY libs/sku/Cargo.toml libs/sku/
COPY services/inventory/Cargo.toml services/inventory/
COPY services/pricing/Cargo.toml services/pricing/
COPY services/recommend/Cargo.toml services/recommend/
# stub sources, so that third-party crates are compiled before the sources are copied
RUN for lib in libs/*; do mkdir $lib/src && touch $lib/src/lib.rs; done && \
    for service in services/*; do mkdir $service/src && echo 'fn main() {}' > $service/src/main.rs; done
RUN cargo build --locked --release --target=$(uname -m)-unknown-linux-gnu --package=recommend
COPY . .
# cargo compares times, and the stubs are newer than the sources
RUN touch libs/*/src/lib.rs services/recommend/src/main.rs && \
    cargo build --locked --release --target=$(uname -m)-unknown-linux-gnu --package=recommend && \
    install -D -t /out target/*/release/recommend

FROM scratch
WORKDIR /app
COPY services/recommend/data data
COPY --from=build /out/recommend ./recommend
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./recommend"]
