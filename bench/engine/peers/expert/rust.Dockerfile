FROM debian:trixie-slim AS toolchain
# archives stay in the mount; one mount per language, so that none waits for another
RUN --mount=type=cache,id=apt-rust,target=/var/cache/apt \
    --mount=type=cache,id=apt-lists-rust,target=/var/lib/apt \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates cargo gcc libc6-dev
WORKDIR /src
ENV CARGO_HOME=/cargo CARGO_INCREMENTAL=0 CARGO_TARGET_DIR=/target RUSTFLAGS="-C target-feature=+crt-static"

FROM toolchain AS manifests
COPY --link Cargo.toml Cargo.lock ./
COPY --link libs/shopkit/Cargo.toml libs/shopkit/
COPY --link libs/sku/Cargo.toml libs/sku/
COPY --link services/inventory/Cargo.toml services/inventory/
COPY --link services/pricing/Cargo.toml services/pricing/
COPY --link services/recommend/Cargo.toml services/recommend/
# cargo needs the manifests of all members; the sources of other services are left out
RUN for lib in libs/*; do mkdir $lib/src && touch $lib/src/lib.rs; done && \
    for service in services/*; do mkdir $service/src && echo 'fn main() {}' > $service/src/main.rs; done

FROM manifests AS inventory-build
COPY --link libs libs
COPY --link services/inventory services/inventory
# cargo locks its target directory, so of parallel builds one compiles the shared crates
RUN --mount=type=cache,target=/cargo --mount=type=cache,target=/target \
    cargo build --locked --release --target=$(uname -m)-unknown-linux-gnu --package=inventory && \
    install -D -t /out /target/*/release/inventory

FROM scratch AS inventory
WORKDIR /app
COPY --link --from=inventory-build /out/inventory ./inventory
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./inventory"]

FROM manifests AS pricing-build
COPY --link libs libs
COPY --link services/pricing services/pricing
# cargo locks its target directory, so of parallel builds one compiles the shared crates
RUN --mount=type=cache,target=/cargo --mount=type=cache,target=/target \
    cargo build --locked --release --target=$(uname -m)-unknown-linux-gnu --package=pricing && \
    install -D -t /out /target/*/release/pricing

FROM scratch AS pricing
WORKDIR /app
COPY --link --from=pricing-build /out/pricing ./pricing
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./pricing"]

FROM manifests AS recommend-build
COPY --link libs libs
COPY --link services/recommend services/recommend
# cargo locks its target directory, so of parallel builds one compiles the shared crates
RUN --mount=type=cache,target=/cargo --mount=type=cache,target=/target \
    cargo build --locked --release --target=$(uname -m)-unknown-linux-gnu --package=recommend && \
    install -D -t /out /target/*/release/recommend

FROM scratch AS recommend
WORKDIR /app
COPY --link services/recommend/data data
COPY --link --from=recommend-build /out/recommend ./recommend
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./recommend"]
