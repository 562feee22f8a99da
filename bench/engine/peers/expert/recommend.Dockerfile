FROM toolchain AS build
COPY --link Cargo.toml Cargo.lock ./
COPY --link libs/shopkit/Cargo.toml libs/shopkit/
COPY --link libs/sku/Cargo.toml libs/sku/
COPY --link services/inventory/Cargo.toml services/inventory/
COPY --link services/pricing/Cargo.toml services/pricing/
COPY --link services/recommend/Cargo.toml services/recommend/
# cargo wants all members to be there; the sources of other services are left out
RUN for lib in libs/*; do mkdir $lib/src && touch $lib/src/lib.rs; done && \
    for service in services/*; do mkdir $service/src && echo 'fn main() {}' > $service/src/main.rs; done
COPY --link libs libs
COPY --link services/recommend services/recommend
# cargo locks its target directory, so of services beside each other one compiles what all need
RUN --mount=type=cache,target=/cargo/registry --mount=type=cache,target=/target \
    cargo build --locked --release --target=$(uname -m)-unknown-linux-gnu --package=recommend && \
    install -D -t /out /target/*/release/recommend

FROM scratch
WORKDIR /app
COPY --link services/recommend/data data
COPY --link --from=build /out/recommend ./recommend
LABEL org.opencontainers.image.title=shop
EXPOSE 8080
USER 65532:65532
ENTRYPOINT ["./recommend"]
